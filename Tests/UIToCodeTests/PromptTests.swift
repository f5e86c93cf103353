// Prompts are complete once filled in.
import Prompts
import Testing

@Suite struct PromptTests {
    @Test func noFactIsLeftOpen() {
        let prompt = Prompt.convert(width: 448, height: 336)
        #expect(!prompt.contains("{{") && !prompt.contains("}}"))
        #expect(prompt.contains("448 × 336 pixels"))
    }
}
