// The way from an answer in a dialect to a page, for callers that have the answer alone.
package import Inference

extension Dialect {
    /// The whole page of an answer, with the rules of the stylesheet that it uses; nil when it shows nothing.
    ///
    /// - Parameter title: the page's title, when it has none itself; plain text.
    package func page(of answer: String, title: String) -> String? {
        Page.document(answer: answer, stylesheet: Stylesheet(stylesheet), fallbackTitle: title)
    }
}
