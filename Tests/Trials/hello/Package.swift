// swift-tools-version: 6.2
import PackageDescription

// Plain Hummingbird, the measure that load.py puts beside the service.
let package = Package(
    name: "hello",
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1")],
    targets: [
        .executableTarget(name: "hello", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ],
    swiftLanguageModes: [.v6]
)
