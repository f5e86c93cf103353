// Where the model that ships inside lies on disk: its files are resources of this target, side by side in one folder,
// which is therefore a checkpoint directory like any published one.
import Foundation

/// The model that ships inside.
package enum EmbeddedModel {
    /// The checkpoint directory.
    package static var directory: String { Bundle.module.bundlePath }
}
