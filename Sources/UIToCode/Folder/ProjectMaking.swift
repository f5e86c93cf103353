// The door between a batch and what puts its pages together: shelved pages in, files and what is known of them out.

/// A page on its way into the project.
struct ProjectPage: Sendable {
    let design: BatchDesign
    /// What the page has on the shelf.
    let key: String
    let page: ShelvedPage
}

/// Pages put together.
struct MadeProject: Sendable {
    /// A page as the project has it.
    struct Page: Sendable, Equatable {
        /// `BatchDesign.path`.
        let design: String
        /// A file name without extension, unique: `app-sign-in`.
        let slug: String
        /// Its file in the project.
        let path: String
        /// The HTML file that shows it without a build; `path` where that is one.
        let shown: String
    }

    /// A component as the project has it.
    struct Component: Sendable, Equatable {
        let name: String
        let properties: [String]
        /// How often the designs show it.
        let uses: Int
        /// Whether it is of the user's own list.
        let isGiven: Bool
        /// Designs that show it, in the order of the folder.
        let designs: [String]
    }

    /// The project's files.
    var files = Project()
    /// In the order of the folder.
    var pages: [Page] = []
    var components: [Component] = []
    var tokens: [DesignToken] = []
    /// 0…1: how alike the code of what looks alike is, as the pages were converted.
    var consistencyBefore: Double?
    /// The same in the project.
    var consistency: Double?
}

/// Makes projects of shelved pages.
protocol ProjectMaking: Sendable {
    /// Whether pages may come out otherwise than they were measured.
    var changesPages: Bool { get }

    /// Puts pages together.
    ///
    /// - Parameters:
    ///   - careful: paths of designs whose pages take over nothing but what shows the same.
    ///   - apart: paths of designs whose pages keep their own code.
    func project(
        of pages: [ProjectPage], named name: String, careful: Set<String>, apart: Set<String>
    ) async throws(BatchError) -> MadeProject
}
