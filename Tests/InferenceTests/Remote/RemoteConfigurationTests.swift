// Configurations survive JSON, mean something, and show no secret.
import Foundation
import Inference
import Media
import Testing

struct RemoteConfigurationTests {
    func decoded(_ text: String) throws -> RemoteConfiguration {
        try JSONDecoder().decode(RemoteConfiguration.self, from: Data(text.utf8))
    }

    @Test func onlyTheEndpointsMustBeThere() throws {
        let found = try decoded(#"{"endpoints": [{"address": "http://a:1/v1"}, {"address": "http://b:1/v1"}]}"#)
        #expect(found == RemoteConfiguration(["http://a:1/v1", "http://b:1/v1"]))
        #expect(throws: DecodingError.self) { try decoded("{}") }
    }

    @Test func partsAreFilledWithDefaults() throws {
        let found = try decoded(
            #"""
            {"endpoints": [{"address": "http://a:1", "model": "m", "key": "k1"}], "key": "k0", "headers": {"X-A": "1"},
             "proxy": {"kind": "http", "host": "p", "port": 3128}, "timeouts": {"totalSeconds": 9},
             "retries": {"attempts": 2}, "limits": {"openSeconds": 3}, "health": {"intervalSeconds": 0},
             "hedgeAfterSeconds": 4, "form": {"thinkingArgument": "", "sendsTopK": false},
             "knowledge": {"contextTokens": 4096, "readsImages": "no",
                           "comfortableSize": {"width": 640, "height": 480}, "dialect": "a.css"}}
            """#)
        var expected = RemoteConfiguration([], key: "k0", headers: ["X-A": "1"])
        expected.endpoints = [.init("http://a:1", model: "m", key: "k1")]
        expected.proxy = .init(host: "p", port: 3128)
        expected.timeouts.totalSeconds = 9
        expected.retries.attempts = 2
        expected.limits.openSeconds = 3
        expected.health.intervalSeconds = 0
        expected.hedgeAfterSeconds = 4
        expected.form = RequestForm()
        expected.form.thinkingArgument = ""
        expected.form.sendsTopK = false
        expected.knowledge.contextTokens = 4096
        expected.knowledge.readsImages = .no
        expected.knowledge.comfortableSize = PixelSize(width: 640, height: 480)
        expected.knowledge.dialect = "a.css"
        #expect(found == expected)
    }

    @Test func everythingSurvivesJSON() throws {
        var configuration = RemoteConfiguration(
            ["https://a/v1"], model: "m", key: "sk-1", headers: ["X-B": "2"], form: .moonshot)
        configuration.proxy = .init(.socks, host: "p", port: 1080, user: "u", password: "pw")
        configuration.timeouts.connectSeconds = 1.5
        configuration.limits.faultsToOpen = 2
        configuration.knowledge.dialect = "/pages/a.css"
        configuration.form.extraFields = ["a": "1"]
        configuration.form.videoForm = .frameList
        configuration.form.toolChoice = .unsaid
        configuration.form.lengthKey = .maxCompletionTokens
        let data = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(RemoteConfiguration.self, from: data) == configuration)
    }

    @Test func secretsDoNotShow() {
        var configuration = RemoteConfiguration(["http://a"], key: "sk-hidden", headers: ["X-Key": "hidden-too"])
        configuration.proxy = .init(host: "p", port: 1, user: "u", password: "hidden-also")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hidden"))
            #expect(text.contains("•••"))
        }
    }

    // MARK: What means nothing

    func error(_ configuration: RemoteConfiguration) -> EngineError? {
        let found = RemoteAbilities(model: "m", contextTokens: 10, readsImages: false, callsTools: false)
        do { _ = try RemoteEngine(configuration, knowing: found) } catch { return error }
        return nil
    }

    @Test(arguments: [
        "", "gpu-1", "gpu-1:8000", "ftp://a/v1", "http://", "http:///v1", "http://a/v1?x=1", "http://a/v1#x",
        "http://u:p@a/v1",
        "http://a b/v1",
    ])
    func addressesThatAreNoneAreRefused(address: String) {
        guard case .unsupported(let words) = error(RemoteConfiguration([address])) else {
            Issue.record("“\(address)” was taken")
            return
        }
        #expect(!words.contains("u:p@"))
    }

    @Test(arguments: [
        "http://a", "http://a/", "https://a:8443/v1/", "http://127.0.0.1:1/llama/v1", "http://[::1]:8000",
    ])
    func addressesAreTaken(address: String) { #expect(error(RemoteConfiguration([address])) == nil) }

    @Test(arguments: [["X Y": "1"], ["": "1"], ["X": "a\r\nEvil: 1"], ["X": "a\u{0}"]] as [[String: Secret]])
    func headersThatAreNoneAreRefused(headers: [String: Secret]) {
        #expect(error(RemoteConfiguration(["http://a"], headers: headers)) != nil)
    }

    @Test func aKeyThatEndsALineIsRefusedAndNotShown() {
        let found = error(RemoteConfiguration(["http://a"], key: "sk-1234\n"))
        #expect(found != nil)
        #expect(found?.description.contains("sk-1234") == false)
    }

    @Test func numbersThatMeanNothingAreRefused() {
        let changes: [(inout RemoteConfiguration) -> Void] = [
            { $0.endpoints = [] }, { $0.timeouts.connectSeconds = 0 }, { $0.timeouts.firstTokenSeconds = -1 },
            { $0.timeouts.totalSeconds = .nan }, { $0.timeouts.betweenTokensSeconds = .infinity },
            { $0.retries.attempts = 0 }, { $0.retries.firstWaitSeconds = -0.1 },
            { $0.limits.answersPerEndpoint = 0 }, { $0.limits.faultsToOpen = 0 }, { $0.limits.openSeconds = 0 },
            { $0.health.intervalSeconds = -1 }, { $0.health.timeoutSeconds = 0 }, { $0.hedgeAfterSeconds = -1 },
        ]
        for (index, change) in changes.enumerated() {
            var configuration = RemoteConfiguration(["http://a"])
            change(&configuration)
            #expect(error(configuration) != nil, "change \(index)")
        }
        #expect(error(RemoteConfiguration(["http://a"])) == nil)
    }
}
