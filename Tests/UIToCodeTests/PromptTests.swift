// Prompts are complete once filled in.
import Prompts
import Testing

@Suite struct PromptTests {
    @Test func noFactIsLeftOpen() {
        let prompt = Prompt.convert(width: 448, height: 336)
        #expect(!prompt.contains("{{") && !prompt.contains("}}"))
        #expect(prompt.contains("448 × 336 pixels"))
    }

    @Test func anEditSaysWhatIsKnownAndNoMore() {
        let bare = Prompt.edit(instruction: "Make it green.")
        #expect(bare.contains("\nMake it green.\n") && !bare.contains("{{") && !bare.contains("selector"))
        #expect(!bare.contains("px from the left") && !bare.contains("\n\n\n"))
        let full = Prompt.edit(
            instruction: "Bigger.", element: ("main > b", "<b>x</b>"), box: ["1", "2.5", "30", "40"])
        #expect(full.contains("`main > b`") && full.contains("```html\n<b>x</b>\n```"))
        #expect(full.contains("1 px from the left and 2.5 px from the top and is 30 px wide and 40 px high"))
        #expect(!full.contains("{{") && !full.contains("\n\n\n"))
    }

    @Test func aRecordingIsToldByItsSteps() {
        let prompt = Prompt.workflow(name: "tour {{x}}", steps: "1. Click.\n2. Scroll.")
        #expect(prompt.contains("\"tour {{x}}\"") && prompt.contains("\n1. Click.\n2. Scroll.\n"))
    }

    @Test func factsAreNotReadAsPrompts() {
        let prompt = Prompt.edit(instruction: "{{element}} {{#box}}", element: ("a", "<a>{{x}}</a>"))
        #expect(prompt.contains("{{element}} {{#box}}") && prompt.contains("<a>{{x}}</a>"))
    }

    @Test func fencesAreLongerThanThoseInside() {
        #expect(Prompt.fenced("a") == "```html\na\n```")
        #expect(Prompt.fenced("```\n````\n") == "`````html\n```\n````\n`````")
    }
}
