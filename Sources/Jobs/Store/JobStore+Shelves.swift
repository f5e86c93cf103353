// What long jobs keep beside rows: a shelf of finished pages for each conversion, which outlives its jobs' attempts and goes
// with the conversion, and folders in which projects are put together, which go with their process.
//
//     shelves/CONVERSION/…   staged/JOB-CLAIM/…
import Foundation
import GRDB
package import UIToCode

extension JobStore {
    /// Where a conversion's finished pages lie. The folder need not exist.
    func shelfFolder(of conversion: String) -> String { "\(directory)/shelves/\(conversion)" }

    /// A place for a project that is being put together, in a folder that is there. Nothing is at the place yet, and what
    /// an earlier try left beside it is gone.
    func stage(for job: Job) throws(StoreError) -> String {
        unstage(job)
        let folder = "\(directory)/staged/\(job.id)-\(job.claims)"
        try Disk.makeNewFolder(folder)
        return folder + "/project"
    }

    /// Gives up what a job was putting together; nothing to do when there is nothing.
    func unstage(_ job: Job) { Disk.remove("\(directory)/staged/\(job.id)-\(job.claims)") }

    /// Keeps how designs of a running batch stand. A design that was finished in this run is progress.
    ///
    /// - Parameter items: by the index of their design.
    /// - Throws: `leaseLost`. Then nothing is kept.
    package func note(_ items: [Int: BatchItem], of job: Job, worker: String) async throws(StoreError) {
        let isProgress = items.values.contains(where: \.isProgress)
        try await database.write { database in
            try Self.note(isProgress: isProgress, of: job, worker, database)
            let statement = try database.cachedStatement(
                sql: "UPDATE design SET outcome = ? WHERE conversion_id = ? AND position = ?")
            for (index, item) in items {
                try statement.execute(arguments: [try JSONColumn.encode(item), job.conversionID, index])
            }
        }
    }

    /// Notes that a running job got on: something that it finished lies on its shelf. Its attempts are counted anew from
    /// this one, so that only attempts in a row that finish nothing use up the limit.
    ///
    /// - Throws: `leaseLost`.
    package func noteProgress(of job: Job, worker: String) async throws(StoreError) {
        try await database.write { try Self.note(isProgress: true, of: job, worker, $0) }
    }

    private static func note(isProgress: Bool, of job: Job, _ worker: String, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE job SET attempts = iif(?, 1, attempts)
                WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?
                """, arguments: [isProgress, job.id, worker, job.claims])
        guard database.changesCount == 1 else { throw StoreError.leaseLost(job: job.id) }
    }

    /// Removes what processes that died were putting together.
    func clearStages() throws(StoreError) {
        Disk.remove(directory + "/staged")
        try Disk.makeNewFolder(directory + "/staged")
    }

    /// Removes the shelves of conversions that are no more: a worker that did not know yet may have made one anew.
    ///
    /// - Parameter conversions: asked after the shelves were listed, so that none is taken for a stray too early.
    func removeStrayShelves(_ conversions: () async throws(StoreError) -> Set<String>) async throws(StoreError) {
        let names = Disk.names(in: directory + "/shelves")
        guard !names.isEmpty else { return }
        let known = try await conversions()
        for name in names where !known.contains(name) { Disk.remove(shelfFolder(of: name)) }
    }

    /// Bytes of all shelves.
    func shelvedBytes() -> Int {
        guard
            let files = FileManager.default.enumerator(
                at: URL(filePath: directory + "/shelves"), includingPropertiesForKeys: [.fileSizeKey])
        else { return 0 }
        return files.reduce(0) { sum, file in
            sum + (((file as? URL).flatMap { try? $0.resourceValues(forKeys: [.fileSizeKey]).fileSize }) ?? 0)
        }
    }
}
