// Every word said to a model, one Markdown file each, embedded in the binary. A prompt is a function of the facts that
// its file names in double braces.

/// The prompts, filled in.
package enum Prompt {
    /// Asks for one self-contained page that shows a design; goes after the design's picture. Sizes in pixels.
    package static func convert(width: Int, height: Int) -> String {
        text(PackageResources.convert_md)
            .replacing("{{width}}", with: String(width))
            .replacing("{{height}}", with: String(height))
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
