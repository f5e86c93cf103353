import Testing

@testable import Server

@Suite struct RedactionTests {
    @Test(arguments: [
        ("key bk_k3x9m2_AbC-123_xyz was used", "key bk_k3x9m2_[redacted] was used"),
        ("bk_a_b,bk_c_d", "bk_a_[redacted],bk_c_[redacted]"),
        ("bk_ alone, bk_id", "bk_ alone, bk_id"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("src=data:image/png;base64,iVBORw0KGgo=\" alt", "src=data:[redacted]\" alt"),
        ("GET /preview/eyJhbGc.x-y_z/index.html", "GET /preview/[redacted]/index.html"),
        ("nothing of the kind", "nothing of the kind"),
    ])
    func whatLooksLikeASecretIsCut(text: String, expected: String) {
        #expect(Redaction.cut(text) == expected)
    }

    @Test(arguments: ["Authorization", "set-cookie", "api_key", "api-key", "prompt", "instruction", "image", "Secret"])
    func tellingNamesAreHidden(name: String) {
        #expect(Redaction.hides(name))
    }

    @Test(arguments: ["caller", "route", "images_total", "monkey"])
    func otherNamesAreNot(name: String) {
        #expect(!Redaction.hides(name))
    }
}
