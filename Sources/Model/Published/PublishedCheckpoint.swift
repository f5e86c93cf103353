// The checkpoints that Moonshot has published and this engine runs: their configurations, one file each in this folder,
// and what is known of their files. The files hold only what the engine reads or what the published ones are known to
// say; `unconfirmed` names the fields that were never seen and are what a sister model says.

public import Foundation

/// A published checkpoint.
public struct PublishedCheckpoint: Sendable, Equatable {
    /// What it is called here: the published name in lower case.
    public let name: String
    /// The content of its `config.json`.
    public let configuration: Data
    /// Fields of the configuration that are likely and not confirmed, by their path.
    public let unconfirmed: [String]
    /// What its files are known to hold; nil where nobody has counted.
    public let known: Known?
    /// Whether every layer's rotary table lies in its files, which no model reads.
    let hasRotaryTables: Bool

    /// Counted in the published files.
    public struct Known: Sendable, Equatable {
        /// Tensors, those that no model reads among them.
        public let tensorCount: Int
        /// Their bytes in GiB, to one decimal.
        public let gibibytes: Double
    }

    private init(
        _ name: String, _ configuration: [UInt8], known: Known? = nil, hasRotaryTables: Bool = false,
        unconfirmed: [String] = []
    ) {
        self.name = name
        self.configuration = Data(configuration)
        self.known = known
        self.hasRotaryTables = hasRotaryTables
        self.unconfirmed = unconfirmed
    }

    /// Every published checkpoint.
    public static let all = [
        PublishedCheckpoint(
            "kimi-k2.5", PackageResources.kimi_k2_5_json, known: Known(tensorCount: 208_550, gibibytes: 554.3)),
        PublishedCheckpoint("kimi-k2-thinking", PackageResources.kimi_k2_thinking_json),
        PublishedCheckpoint(
            "kimi-k2-instruct", PackageResources.kimi_k2_instruct_json,
            known: Known(tensorCount: 139_644, gibibytes: 958.5), hasRotaryTables: true),
        PublishedCheckpoint("moonlight-16b-a3b", PackageResources.moonlight_16b_a3b_json),
        PublishedCheckpoint(
            "kimi-vl-a3b-instruct", PackageResources.kimi_vl_a3b_json,
            unconfirmed: ["text_config.rms_norm_eps", "text_config.eos_token_id"]),
        PublishedCheckpoint(
            "kimi-vl-a3b-thinking", PackageResources.kimi_vl_a3b_json,
            unconfirmed: ["text_config.rms_norm_eps", "text_config.eos_token_id"]),
    ]
}
