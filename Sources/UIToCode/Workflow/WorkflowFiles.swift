// Everything that comes of a recording, as files of one folder, written whole or not at all. What an earlier run wrote there
// and this one does not is removed; other people's files stay.
//
//     workflow.json  workflow.schema.json  report.html  diagram.mmd  procedure.md  walkthrough.py  images/…  prototype/…
import Foundation

/// The files of an analysis.
struct WorkflowFiles {
    let album: Album
    let prototype: Prototype?

    static let analysis = "workflow.json"

    /// Writes them all.
    ///
    /// - Parameter report: learns the paths.
    func write(_ report: inout WorkflowReport, to output: String) throws(WorkflowError) {
        let old = Self.old(in: output)
        do {
            report.files = [Self.analysis] + contents(report).map(\.path)
            var project = Project()
            try project.add(Array(report.json.utf8), at: Self.analysis)
            for (path, bytes) in contents(report) { try project.add(bytes, at: path) }
            try project.write(to: output, replace: true)
        } catch {
            throw .project(error)
        }
        for path in Set(old).subtracting(report.files) where Project.isSafe(path) { Self.remove(path, in: output) }
    }

    private func contents(_ report: WorkflowReport) -> [(path: String, bytes: [UInt8])] {
        var texts = [
            ("workflow.schema.json", WorkflowSchema.text),
            ("report.html", WorkflowPage.html(of: report)),
            ("diagram.mmd", StateDiagram(report).mermaid),
            ("procedure.md", Procedure.text(of: report)),
        ]
        if prototype != nil { texts.append(("walkthrough.py", PlaywrightScript.text(of: report))) }
        return texts.map { (path: $0.0, bytes: Array($0.1.utf8)) } + album.files
            + (prototype?.files ?? []).map { (path: "prototype/" + $0.path, bytes: $0.bytes) }
    }

    // The paths that an earlier run wrote.
    private static func old(in output: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: output + "/" + analysis),
            let report = try? WorkflowReport(json: [UInt8](data))
        else { return [] }
        return report.files
    }

    // A plain file, and the folders that it leaves empty.
    private static func remove(_ path: String, in output: String) {
        unlink(output + "/" + path)
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            guard rmdir(output + "/" + folder) == 0 else { return }
        }
    }
}
