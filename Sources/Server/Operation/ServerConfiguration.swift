// Everything that can be set about the service, with its default and what is allowed, one line a key. A value comes
// from a flag, else from the variable BOTTEGA_… (`rate.requestsPerMinute` is BOTTEGA_RATE_REQUESTS_PER_MINUTE), else
// from the JSON file named by --config or BOTTEGA_CONFIG (`{"rate":{"requestsPerMinute":60}}`), else from here.
import Foundation
package import Inference
package import Logging
import Render

/// The service's configuration, checked.
package struct ServerConfiguration: Sendable {
    package enum Authorization: String, Sendable, CaseIterable {
        /// Required as soon as a key exists or other machines can reach the service.
        case auto
        case required, off
    }

    /// How a model on this machine holds the weights that every token is multiplied with.
    package enum DenseWeights: String, Sendable, CaseIterable {
        case bf16, int8
    }

    package enum LogFormat: String, Sendable, CaseIterable {
        /// Text on a terminal, JSON elsewhere.
        case auto
        case json, text
    }

    /// Where other machines, or only this one, find the service.
    package var host = "127.0.0.1"
    /// 0 takes any free port.
    package var port = 8080
    /// The folder of the database, the uploads and the results.
    package var dataDirectory = ""
    /// A checkpoint directory; nil is the model that is built in.
    package var model: String?
    /// Processor threads of the engine; nil is all that may be used.
    package var threads: Int?
    package var denseWeights = DenseWeights.bf16
    /// Work of the model on earlier prompts is kept up to so many bytes; 0 keeps none.
    package var prefixCacheBytes = PrefixCache.standardBytes
    /// Addresses of servers that do the work instead, or one JSON file that describes them.
    package var engineServers: [String] = []
    /// What they call the model; nil is the one they have.
    package var engineModel: String?
    /// What they want to be shown.
    package var engineKey: Secret?
    package var auth = Authorization.auto
    /// Origins of other pages that may use the service from a browser, as browsers send them.
    package var corsOrigins: [String] = []
    /// Further names under which the service may be asked for while it listens on this machine only, lower case.
    package var hosts: [String] = []
    /// Paths of PEM files, both or neither: the certificate with its chain, and its private key.
    package var tlsCertificate: String?
    package var tlsKey: String?
    /// What captured pages may reach; nil where captures are switched off.
    var capture: CapturePolicy? = .publicOnly
    package var limits = UploadLimits()
    /// Jobs that may wait, of all keys together.
    package var queueLimit = 100
    /// Jobs that one key may have waiting or running, unless the key says otherwise.
    package var activeJobs = 20
    /// Jobs that run at the same time.
    package var workers = 1
    /// How often a job is begun before it fails for good.
    package var attempts = 3
    /// Finished conversions are deleted after so many days; 0 keeps them.
    package var retentionDays = 7.0
    /// The oldest finished conversions are deleted above so many bytes; 0 keeps them.
    package var retentionBytes = 10_000_000_000
    /// Requests of one key, unless the key says otherwise.
    package var requestsPerMinute = 600
    /// How long a request waits for its result when it does not say.
    package var waitSeconds = 60.0
    /// How long running jobs may go on after SIGTERM.
    package var shutdownGraceSeconds = 20.0
    /// A body of which nothing comes for so long is given up.
    package var bodyIdleSeconds = 30.0
    /// A body that comes slower than this on average is given up; 0 lets it come as it likes.
    package var bodyMinimumBytesPerSecond = 1024
    /// For so long a body may come at any speed.
    package var bodyGraceSeconds = 10.0
    /// Connections that are served at the same time; others wait until one closes.
    package var connectionLimit = 1024
    package var logLevel = Logger.Level.info
    package var logFormat = LogFormat.auto

    package init() {}

    /// Whether only this machine can reach the service.
    package var isLoopback: Bool { Self.isLoopback(host) }

    /// Whether an address is this machine's own.
    package static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1"
            || (host.hasPrefix("127.") && host.allSatisfy { "0123456789.".contains($0) })
    }

    /// Where the service is found: `http://127.0.0.1:8080`.
    package func address(port: Int) -> String {
        "\(tlsCertificate == nil ? "http" : "https")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

/// A configuration and where each of its values came from.
package struct LoadedConfiguration: Sendable {
    package let configuration: ServerConfiguration
    /// Every key, in the order of the documentation.
    package let settings: [Setting]
    /// Variables that look like ours and name no key.
    package let unknownVariables: [String]

    /// One line a key: its name, its value as JSON, where the value came from.
    package var lines: [String] {
        let names = settings.map(\.key.count).max() ?? 0
        let values = settings.map(\.value.count).max() ?? 0
        return settings.map { setting in
            setting.key.padding(toLength: names + 2, withPad: " ", startingAt: 0)
                + setting.value.padding(toLength: values + 2, withPad: " ", startingAt: 0) + setting.origin
        }
    }
}

extension ServerConfiguration {
    /// Reads the configuration.
    ///
    /// - Parameters:
    ///   - flags: what the command line says, by key.
    ///   - environment: the process's variables; HOME and XDG_DATA_HOME give the default data directory.
    ///   - file: the file of `--config`; nil is the one that BOTTEGA_CONFIG names, if it does.
    package static func load(
        flags: [String: SettingFlag], environment: [String: String], file: String?
    ) throws(ConfigurationError) -> LoadedConfiguration {
        let path = file ?? environment["BOTTEGA_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        var settingsFile: SettingsFile?
        if let path { settingsFile = try SettingsFile.read(path) }
        var reader = SettingsReader(flags: flags, environment: environment, file: settingsFile)
        var configuration = ServerConfiguration()
        try configuration.readPlace(&reader, environment: environment)
        try configuration.readAccess(&reader)
        try configuration.readLimits(&reader)
        try configuration.readPace(&reader)
        try reader.refuseUnknownKeys()
        return LoadedConfiguration(
            configuration: configuration, settings: reader.settings, unknownVariables: reader.unknownVariables())
    }

    private mutating func readPlace(
        _ reader: inout SettingsReader, environment: [String: String]
    ) throws(ConfigurationError) {
        let name = try reader.text("host", default: host, allowed: "an address or a host name") {
            !$0.isEmpty && !$0.contains { $0.isWhitespace || $0 == "/" }
        }
        host = String((name ?? host).drop { $0 == "[" }.prefix { $0 != "]" })
        port = try reader.integer("port", default: port, in: 0...65_535) ?? port
        guard let data = try reader.path("data", default: Self.standardDataDirectory(environment)) else {
            throw .inconsistent("there is no home directory for the data; set BOTTEGA_DATA or --data")
        }
        dataDirectory = data
        model = try reader.path("model", default: nil)
        threads = try reader.integer("threads", default: nil, in: 1...1024)
        denseWeights = try reader.choice("denseWeights", default: denseWeights)
        let kept = prefixCacheBytes
        prefixCacheBytes = try reader.integer("prefixCache.bytes", default: kept, in: 0...1_000_000_000_000_000) ?? kept
        engineServers = try reader.list(
            "engine.servers", allowed: "servers such as http://gpu-1:8000/v1, or one JSON file"
        ) { !$0.isEmpty && !$0.contains(where: \.isWhitespace) }
        engineModel = try reader.text("engine.model", default: nil, allowed: "what the servers call the model")
        engineKey = try reader.secret("engine.key", allowed: "a key").map { Secret($0) }
    }

    private mutating func readAccess(_ reader: inout SettingsReader) throws(ConfigurationError) {
        auth = try reader.choice("auth", default: auth)
        let origins = "origins as browsers send them, such as https://design.example"
        corsOrigins = try reader.list("cors.origins", allowed: origins, where: Self.isOrigin)
        let names = "host names without scheme and port"
        hosts = try reader.list("hosts", allowed: names) { !$0.contains { $0.isWhitespace || "/:@".contains($0) } }
            .map { $0.lowercased() }
        try readCapture(&reader)
        tlsCertificate = try reader.path("tls.certificate", default: nil)
        tlsKey = try reader.path("tls.key", default: nil)
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw .inconsistent(
                "tls.certificate and tls.key belong together; \(tlsKey == nil ? "tls.key" : "tls.certificate") is missing"
            )
        }
    }

    private mutating func readCapture(_ reader: inout SettingsReader) throws(ConfigurationError) {
        let isEnabled = try reader.truth("capture.enabled", default: true)
        let names = "addresses, ranges such as 10.1.0.0/16 and host names"
        let allow = try reader.list("capture.allow", allowed: names) { (try? CapturePolicy.allowing([$0])) != nil }
        do { capture = isEnabled ? try CapturePolicy.allowing(allow) : nil } catch {
            throw .inconsistent("capture.allow: \(error)")
        }
    }

    private mutating func readLimits(_ reader: inout SettingsReader) throws(ConfigurationError) {
        func read(_ value: inout Int, _ key: String, _ range: ClosedRange<Int>) throws(ConfigurationError) {
            value = try reader.integer(key, default: value, in: range) ?? value
        }
        try read(&limits.images, "limits.images", 1...1000)
        try read(&limits.imageBytes, "limits.imageBytes", 1024...1_000_000_000)
        try read(&limits.imageSide, "limits.imageSide", 16...65_535)
        try read(&limits.imagePixels, "limits.imagePixels", 256...1_000_000_000)
        try read(&limits.measuredPixels, "limits.measuredPixels", 256...1_000_000_000)
        try read(&limits.archiveEntries, "limits.archiveEntries", 1...100_000)
        try read(&limits.archiveBytes, "limits.archiveBytes", 1024...100_000_000_000)
        try read(&limits.jsonBytes, "limits.jsonBytes", 1024...1_000_000_000)
        try read(&limits.chatBytes, "limits.chatBytes", 1024...10_000_000_000)
        try read(&limits.videoBytes, "limits.videoBytes", 1024...100_000_000_000)
        try read(&limits.keptFiles, "limits.keptFiles", 1...1_000_000)
        try read(&limits.keptFileBytes, "limits.keptFileBytes", 1024...1_000_000_000_000_000)
        try read(&queueLimit, "queue.limit", 1...1_000_000)
        try read(&activeJobs, "queue.activeJobs", 1...1_000_000)
        try read(&workers, "workers", 1...64)
        try read(&attempts, "attempts", 1...20)
        retentionDays = try reader.number("retention.days", default: retentionDays, in: 0...36_500)
        try read(&retentionBytes, "retention.bytes", 0...1_000_000_000_000_000)
        try read(&requestsPerMinute, "rate.requestsPerMinute", 1...1_000_000)
        try read(&connectionLimit, "connections.limit", 1...100_000)
    }

    private mutating func readPace(_ reader: inout SettingsReader) throws(ConfigurationError) {
        waitSeconds = try reader.number("wait.seconds", default: waitSeconds, in: 0...300)
        shutdownGraceSeconds = try reader.number("shutdown.graceSeconds", default: shutdownGraceSeconds, in: 0...3600)
        bodyIdleSeconds = try reader.number("body.idleSeconds", default: bodyIdleSeconds, in: 1...3600)
        let rate = bodyMinimumBytesPerSecond
        bodyMinimumBytesPerSecond =
            try reader.integer("body.minimumBytesPerSecond", default: rate, in: 0...1_000_000_000) ?? rate
        bodyGraceSeconds = try reader.number("body.graceSeconds", default: bodyGraceSeconds, in: 1...3600)
        logLevel = try reader.choice("log.level", default: logLevel)
        logFormat = try reader.choice("log.format", default: logFormat)
    }

    // $XDG_DATA_HOME/bottega, ~/.local/share/bottega.
    private static func standardDataDirectory(_ environment: [String: String]) -> String? {
        if let shared = environment["XDG_DATA_HOME"], shared.hasPrefix("/") { return shared + "/bottega" }
        guard let home = environment["HOME"], !home.isEmpty else { return nil }
        return home + "/.local/share/bottega"
    }

    private static func isOrigin(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme, let host = url.host() else { return false }
        let port = url.port.map { ":\($0)" } ?? ""
        return ["http", "https"].contains(scheme) && text == "\(scheme)://\(host.lowercased())\(port)"
    }
}
