// Scratch memory of one forward pass: each slot grows to the largest size ever asked of it and is then reused, so that
// a decoded token allocates no activations.

import Kernels
import Synchronization

/// Reusable float32 buffers, one per slot. One caller at a time.
final class Workspace {
    /// Every intermediate that is alive at the same time as another has a slot of its own.
    enum Slot: Int, CaseIterable {
        case residual, normed, sublayer, cosines, sines
        case queryDown, query, latents, keys, values, expanded, latentQuery, latentContext, parts, context
        case gate, up, inner, routerScores, expertOutput
        case patches, patchHidden, patchProjected
        case logits
    }

    private var buffers: [FloatBuffer?] = Array(repeating: nil, count: Slot.allCases.count)

    /// Memory for `count` values; what it holds is whatever its last user left.
    ///
    /// - Returns: a pointer that stays valid until the slot is next asked for.
    func floats(_ slot: Slot, _ count: Int) -> UnsafeMutablePointer<Float> {
        if let buffer = buffers[slot.rawValue], buffer.count >= count { return buffer.pointer }
        let buffer = FloatBuffer(count: count)
        buffers[slot.rawValue] = buffer
        return buffer.pointer
    }
}

/// Workspaces that wait for the next forward pass: as many as were ever needed at the same time.
final class WorkspacePool: Sendable {
    private struct Idle: ~Copyable, @unchecked Sendable { var workspaces: [Workspace] = [] }

    private let idle = Mutex(Idle())

    /// Lends a workspace to `body`.
    func lend<Result>(_ body: (Workspace) -> Result) -> Result {
        let lease = Lease(idle.withLock { $0.workspaces.popLast() } ?? Workspace())
        defer { idle.withLock { $0.workspaces.append(lease.workspace) } }
        return body(lease.workspace)
    }

    private struct Lease: @unchecked Sendable {
        let workspace: Workspace

        init(_ workspace: Workspace) { self.workspace = workspace }
    }
}
