import Foundation
import Jobs
import Media
import Testing

@testable import Server

@Suite struct ServerConfigurationTests {
    private func load(
        flags: [String: SettingFlag] = [:], environment: [String: String] = [:], file: String? = nil
    ) throws(ConfigurationError) -> LoadedConfiguration {
        try ServerConfiguration.load(
            flags: flags, environment: environment.merging(["HOME": "/home/ada"]) { own, _ in own }, file: file)
    }

    @Test func withoutAnythingTheServiceIsForThisMachine() throws {
        let configuration = try load().configuration
        #expect(configuration.host == "127.0.0.1" && configuration.port == 8080 && configuration.isLoopback)
        #expect(configuration.dataDirectory == "/home/ada/.local/share/bottega")
        #expect(configuration.auth == .auto && configuration.corsOrigins.isEmpty)
        #expect(configuration.address(port: 8080) == "http://127.0.0.1:8080")
    }

    @Test func aFlagBeatsAVariableAndThatTheFile() throws {
        let scratch = try Scratch()
        let file = try scratch.file(
            "b.json", #"{"port":1,"workers":2,"rate":{"requestsPerMinute":30},"wait":{"seconds":1.5}}"#)
        let loaded = try load(
            flags: ["port": SettingFlag("--port", .integer(3))],
            environment: ["BOTTEGA_PORT": "2", "BOTTEGA_WORKERS": "4"], file: file)
        #expect(loaded.configuration.port == 3 && loaded.configuration.workers == 4)
        #expect(loaded.configuration.requestsPerMinute == 30 && loaded.configuration.waitSeconds == 1.5)
        func origin(_ key: String) -> String? { loaded.settings.first { $0.key == key }?.origin }
        #expect(origin("port") == "--port" && origin("workers") == "BOTTEGA_WORKERS")
        #expect(origin("rate.requestsPerMinute") == file && origin("attempts") == "default")
    }

    @Test func theFileMayBeNamedByAVariable() throws {
        let scratch = try Scratch()
        let file = try scratch.file("b.json", #"{"host":"::1","hosts":["Bottega.Test"],"data":"~/b"}"#)
        let configuration = try load(environment: ["BOTTEGA_CONFIG": file]).configuration
        #expect(configuration.host == "::1" && configuration.isLoopback && configuration.hosts == ["bottega.test"])
        #expect(configuration.dataDirectory == "/home/ada/b")
        #expect(configuration.address(port: 1) == "http://[::1]:1")
    }

    @Test func theDataLieWhereTheDesktopKeepsThem() throws {
        let loaded = try load(environment: ["XDG_DATA_HOME": "/data"])
        #expect(loaded.configuration.dataDirectory == "/data/bottega")
        #expect(throws: ConfigurationError.self) {
            try ServerConfiguration.load(flags: [:], environment: [:], file: nil)
        }
    }

    @Test(arguments: [
        ("BOTTEGA_PORT", "http", "BOTTEGA_PORT: port must be a whole number from 0 to 65535, not \"http\""),
        ("BOTTEGA_PORT", "65536", "BOTTEGA_PORT: port must be a whole number from 0 to 65535, not \"65536\""),
        ("BOTTEGA_AUTH", "yes", "BOTTEGA_AUTH: auth must be one of auto, required, off, not \"yes\""),
        (
            "BOTTEGA_WAIT_SECONDS", "301",
            "BOTTEGA_WAIT_SECONDS: wait.seconds must be a number from 0 to 300, not \"301\""
        ),
        ("BOTTEGA_HOST", "http://x", "BOTTEGA_HOST: host must be an address or a host name, not \"http://x\""),
        (
            "BOTTEGA_CORS_ORIGINS", "https://a.example, *",
            "BOTTEGA_CORS_ORIGINS: cors.origins must be origins as browsers send them, such as https://design.example, "
                + "not \"https://a.example, *\""
        ),
        ("BOTTEGA_DATA", "", "BOTTEGA_DATA: data must be a path, not \"\""),
        (
            "BOTTEGA_LOG_LEVEL", "loud",
            "BOTTEGA_LOG_LEVEL: log.level must be one of trace, debug, info, notice, warning, error, critical, not \"loud\""
        ),
    ])
    func aWrongValueNamesItsSourceAndWhatIsAllowed(variable: String, value: String, message: String) {
        let error = #expect(throws: ConfigurationError.self) { try load(environment: [variable: value]) }
        #expect(error?.description == message)
    }

    @Test(arguments: [
        (#"{"port":"8080"}"#, "port must be a whole number from 0 to 65535, not \"8080\""),
        (#"{"port":80.5}"#, "port must be a whole number from 0 to 65535, not 80.5"),
        (#"{"limits":{"images":0}}"#, "limits.images must be a whole number from 1 to 1000, not 0"),
        (#"{"hosts":"a"}"#, "hosts must be host names without scheme and port, not \"a\""),
        (#"{"prot":1}"#, "there is no key \"prot\"; did you mean \"port\"?"),
        (
            #"{"rate":{"requestPerMinute":1}}"#,
            "there is no key \"rate.requestPerMinute\"; did you mean \"rate.requestsPerMinute\"?"
        ),
        (#"{"something":{"else":true}}"#, "there is no key \"something.else\""),
        (#"[1]"#, "not a JSON object: its outermost value is something else"),
    ])
    func aWrongFileIsNamedWithWhatIsWrongInIt(text: String, message: String) throws {
        let scratch = try Scratch()
        let file = try scratch.file("b.json", text)
        let error = #expect(throws: ConfigurationError.self) { try load(file: file) }
        #expect(error?.description == "\(file): \(message)")
    }

    @Test func aFileThatIsNotThereIsAnError() {
        let error = #expect(throws: ConfigurationError.self) { try load(file: "/nowhere/b.json") }
        #expect(error?.description.hasPrefix("/nowhere/b.json: the configuration cannot be read: ") == true)
    }

    @Test func brokenJSONIsAnErrorOnOneLine() throws {
        let scratch = try Scratch()
        let file = try scratch.file("b.json", "{\"port\":")
        let error = #expect(throws: ConfigurationError.self) { try load(file: file) }
        guard case .malformed(file, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("\n") == false)
    }

    @Test func aCertificateNeedsItsKey() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load(environment: ["BOTTEGA_TLS_CERTIFICATE": "c.pem"])
        }
        #expect(error?.description == "tls.certificate and tls.key belong together; tls.key is missing")
        let both = ["BOTTEGA_TLS_CERTIFICATE": "c.pem", "BOTTEGA_TLS_KEY": "k.pem"]
        #expect(try load(environment: both).configuration.address(port: 443) == "https://127.0.0.1:443")
    }

    @Test func everyKeyCanBeSetByItsVariable() throws {
        let values: [String: String] = [
            "host": "0.0.0.0", "data": "/d", "model": "/m", "auth": "off", "cors.origins": "https://a.example",
            "hosts": "a", "denseWeights": "int8", "tls.certificate": "/c", "tls.key": "/k", "log.level": "error",
            "log.format": "text",
            "limits.imageBytes": "2048", "limits.imagePixels": "300", "limits.archiveBytes": "2048",
            "limits.jsonBytes": "2048", "limits.chatBytes": "2048", "limits.videoBytes": "2048",
            "limits.keptFileBytes": "2048",
            "limits.measuredPixels": "300", "capture.enabled": "false",
            "capture.allow": "10.0.0.0/8", "engine.servers": "http://gpu-1:8000/v1",
        ]
        let keys = try load().settings.map(\.key)
        var environment: [String: String] = [:]
        for key in keys {
            let words = key.reduce(into: "") { name, character in
                name += character.isUppercase ? "_\(character)" : character == "." ? "_" : "\(character)"
            }
            environment["BOTTEGA_" + words.uppercased()] = values[key] ?? "17"
        }
        let loaded = try load(environment: environment)
        for setting in loaded.settings {
            #expect(setting.origin.hasPrefix("BOTTEGA_"), "\(setting.key)")
        }
        #expect(loaded.unknownVariables.isEmpty)
    }

    @Test func jobsKeepTheLimitsOfUploads() {
        var configuration = ServerConfiguration()
        configuration.limits.imagePixels = 3000
        configuration.limits.imageSide = 200
        configuration.limits.measuredPixels = 2000
        configuration.limits.videoBytes = 1 << 40
        let worker = configuration.worker
        #expect(worker.imageLimits.maxPixels == 3000 && worker.imageLimits.maxSide == 200)
        #expect(worker.measuredPixels == 2000)
        #expect(worker.videoLimits.maxPixels == 3000 && worker.videoLimits.maxFileBytes == 1 << 40)
    }

    @Test func aVariableThatNamesNothingIsReported() throws {
        let loaded = try load(environment: ["BOTTEGA_PROT": "1", "BOTTEGA_ISA": "avx2", "PATH": "/bin"])
        #expect(loaded.unknownVariables == ["BOTTEGA_PROT"])
    }

    @Test func theListShowsEveryKeyWithItsOrigin() throws {
        let lines = try load(environment: ["BOTTEGA_HOSTS": "a,b"]).lines
        #expect(lines.first?.split(separator: " ") == ["host", "\"127.0.0.1\"", "default"])
        let hosts = try #require(lines.first { $0.hasPrefix("hosts ") })
        #expect(hosts.split(separator: " ") == ["hosts", "[\"a\",\"b\"]", "BOTTEGA_HOSTS"])
        let model = try #require(lines.first { $0.hasPrefix("model ") })
        #expect(model.split(separator: " ") == ["model", "null", "default"])
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
        ("::", false), ("127.evil.example", false), ("192.168.1.4", false),
    ])
    func onlyThisMachinesAddressesAreLoopback(host: String, isLoopback: Bool) {
        #expect(ServerConfiguration.isLoopback(host) == isLoopback)
    }
}
