// What makes two opened models compute the same numbers: only then may one take over work that the other left.

import Foundation
import Kernels

extension KimiModel {
    /// Everything that decides the model's numbers, as text: the code, the precision, how dense weights are held, the
    /// instruction set, and every file of the checkpoint.
    ///
    /// Files count by name, size and the times at which content and entry changed; the second one no copying or unpacking
    /// sets back. The code counts as the program's own file, so whatever changes in it is another model.
    ///
    /// - Parameters:
    ///   - directory: the one that the model was opened from.
    ///   - program: the program that is running.
    /// - Throws: `unreadable` for what is not there any more.
    package func identity(in directory: String, program: String = "/proc/self/exe") throws(CheckpointError) -> String {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
            throw .unreadable(file: directory, reason: "not a directory that can be read")
        }
        var lines = ["\(compute.precision) \(denseWeights) \(compute.instructionSet)", try Self.state(of: program)]
        for name in names.sorted() where name.hasSuffix(".safetensors") || name.hasSuffix(".json") {
            lines.append("\(name) \(try Self.state(of: directory + "/" + name))")
        }
        return lines.joined(separator: "\n")
    }

    private static func state(of file: String) throws(CheckpointError) -> String {
        var status = stat()
        guard stat(file, &status) == 0 else {
            throw .unreadable(file: file, reason: String(cString: strerror(errno)))
        }
        let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
        return "\(status.st_size) \(times.joined(separator: " "))"
    }
}
