// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A kernel module is compiled for one instruction set and entered only after the processor was asked for it
// (`Kernels/InstructionSet.swift`). `-Ounchecked` keeps kernels at full speed in debug builds too; `Kernels` itself,
// which checks what it is given, takes `-O`.
func kernel(_ flags: [String] = []) -> [SwiftSetting] {
    strict + [.unsafeFlags(["-Ounchecked"] + flags.flatMap { ["-Xcc", $0] })]
}

#if arch(x86_64)
    let avx2Flags = ["-march=x86-64-v3"]
    let avx512Flags = [
        "-march=x86-64-v4", "-mavx512vnni", "-mavx512bf16", "-mavx512vbmi", "-mprefer-vector-width=512",
    ]
    let amxFlags = avx512Flags + ["-mamx-tile", "-mamx-bf16"]
#else
    let avx2Flags: [String] = []
    let avx512Flags: [String] = []
    let amxFlags: [String] = []
#endif

let serverPackages: [Target.Dependency] = [
    .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
    .product(name: "Configuration", package: "swift-configuration"),
    .product(name: "CoreMetrics", package: "swift-metrics"),
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
    .product(name: "Yams", package: "Yams"),
]

let package = Package(
    name: "Bottega",
    products: [
        .executable(name: "bottega", targets: ["bottega"]),
        .library(name: "Media", targets: ["Media"]),
        .library(name: "Model", targets: ["Model"]),
        .library(name: "Inference", targets: ["Inference"]),
        .library(name: "Render", targets: ["Render"]),
        .library(name: "UIToCode", targets: ["UIToCode"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Pictures
        .target(
            name: "CMedia",
            linkerSettings: ["png16", "jpeg", "avformat", "avcodec", "avutil", "swscale"].map { .linkedLibrary($0) }),
        .target(name: "Media", dependencies: ["CMedia"], swiftSettings: strict),

        // Numbers
        .target(name: "CSIMD"),
        .target(name: "KernelsPortable", swiftSettings: kernel()),
        .target(name: "KernelsAVX2", dependencies: ["CSIMD"], swiftSettings: kernel(avx2Flags)),
        .target(name: "KernelsAVX512", dependencies: ["CSIMD"], swiftSettings: kernel(avx512Flags)),
        .target(name: "KernelsAMX", dependencies: ["CSIMD"], swiftSettings: kernel(amxFlags)),
        .target(
            name: "Kernels",
            dependencies: ["CSIMD", "KernelsPortable", "KernelsAVX2", "KernelsAVX512", "KernelsAMX"],
            swiftSettings: strict + [.unsafeFlags(["-O"])]),

        // Tensors, tokens, files
        .target(
            name: "Model", dependencies: ["Kernels", "Media"],
            resources: [
                "kimi-k2.5", "kimi-k2-thinking", "kimi-k2-instruct", "moonlight-16b-a3b", "kimi-vl-a3b",
            ].map { .embedInCode("Published/\($0).json") },
            swiftSettings: strict),
        .target(
            name: "Inference",
            dependencies: [
                "Model", "Media",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "Prompts", path: "Prompts", exclude: ["README.md"],
            resources: ["convert.md", "edit.md", "workflow.md"].map { .embedInCode($0) }, swiftSettings: strict),
        .target(
            name: "EmbeddedModel", path: "Fixtures/model", exclude: ["README.md", "recipe"],
            sources: ["EmbeddedModel.swift"],
            resources: [
                "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer_config.json",
                "tiktoken.model", "stylesheet.css", "model.safetensors.index.json",
                "model-00001-of-000002.safetensors", "model-00002-of-000002.safetensors",
            ].map { .copy($0) },
            swiftSettings: strict),

        // Pages, files
        .target(
            name: "Render",
            dependencies: [
                "Media",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "UIToCode",
            dependencies: [
                "Inference", "Media", "Prompts", "Render",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.copy("HTML/character-references.txt"), .copy("Stacks/Templates")], swiftSettings: strict),

        // Jobs, HTTP, the command
        .systemLibrary(name: "CArchive"),
        .target(name: "Archive", dependencies: ["CArchive"], swiftSettings: strict),
        .target(
            name: "Jobs",
            dependencies: [
                "UIToCode", "Render", "Inference", "Media",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: ["Jobs", "Archive", "UIToCode", "Render", "Inference", "Media"] + serverPackages,
            resources: [.copy("openapi.yaml"), .copy("docs"), .copy("page")], swiftSettings: strict),
        .executableTarget(
            name: "bottega",
            dependencies: [
                "Server", "Jobs", "UIToCode", "Render", "Inference", "Model", "Kernels", "Media", "EmbeddedModel",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Proofs
        .target(
            name: "Support", dependencies: ["Media", "Model", "Render"], path: "Tests/Support", swiftSettings: strict),
        .testTarget(name: "MediaTests", dependencies: ["Media"], swiftSettings: strict),
        .testTarget(
            name: "KernelsTests", dependencies: ["Kernels", "KernelsPortable", "KernelsAVX2", "KernelsAVX512"],
            swiftSettings: strict),
        .testTarget(name: "ModelTests", dependencies: ["Model", "Kernels", "Media", "Support"], swiftSettings: strict),
        .testTarget(
            name: "InferenceTests",
            dependencies: [
                "Inference", "Model", "Media", "Support",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "UIToCodeTests", dependencies: ["UIToCode", "Inference", "Media", "Prompts", "Render", "Support"],
            swiftSettings: strict),
        .testTarget(
            name: "RenderTests",
            dependencies: [
                "Render", "Media", "Support",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .testTarget(name: "ArchiveTests", dependencies: ["Archive", "Support"], swiftSettings: strict),
        .testTarget(
            name: "JobsTests",
            dependencies: [
                "Jobs", "UIToCode", "Render", "Inference", "Media", "Support",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Jobs", "Archive", "UIToCode", "Render", "Inference", "Media", "Support",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + serverPackages,
            swiftSettings: strict),
        .testTarget(name: "BottegaTests", dependencies: ["bottega"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
