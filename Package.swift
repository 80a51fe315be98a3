// swift-tools-version: 6.2
import PackageDescription

/// Settings every Swift target shares: language mode 6, each warning an error, unsafe code marked where it stands.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Test targets read better without `unsafe` markers; everything else holds for them too.
let strictTests: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "hako",
    products: [
        .executable(name: "hako", targets: ["hako"]),
        .executable(name: "hako-runtime", targets: ["hako-runtime"]),
        .executable(name: "hako-edge", targets: ["hako-edge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // Arrows point down only; Tests/TidyTests holds the table of who may import whom.
        .executableTarget(
            name: "hako",
            dependencies: ["Flags", "JSON", "Engine", "Images", "Networks", "Runtime", "Linux", "OCI", "EdgeProtocol", "YAML"],
            swiftSettings: strict),
        .executableTarget(
            name: "hako-runtime",
            dependencies: ["Flags", "JSON", "Networks", "Runtime", "Linux", "OCI"],
            swiftSettings: strict),
        .executableTarget(
            name: "hako-edge",
            dependencies: ["Flags", "JSON", "EdgeProtocol", "Registry", "Linux"],
            swiftSettings: strict),
        .target(
            name: "Registry",
            dependencies: [
                "OCI", "JSON", "EdgeProtocol", "Linux",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .target(name: "Flags", swiftSettings: strict),
        .target(
            name: "Engine",
            dependencies: ["Images", "Networks", "Runtime", "Linux", "OCI", "JSON", "EdgeProtocol", "YAML", "CSQLite"],
            swiftSettings: strict),
        .target(
            name: "Images",
            dependencies: ["Linux", "OCI", "JSON", "CArchive", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        .target(name: "Runtime", dependencies: ["Networks", "DBus", "Linux", "OCI", "JSON", "CSeccomp"], swiftSettings: strict),
        .target(name: "Networks", dependencies: ["DBus", "Linux", "JSON"], swiftSettings: strict),
        .target(name: "DBus", dependencies: ["Linux"], swiftSettings: strict),
        .target(name: "OCI", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "EdgeProtocol", dependencies: ["JSON"], swiftSettings: strict),
        .target(name: "JSON", swiftSettings: strict),
        .target(name: "YAML", dependencies: ["JSON", "CYAML"], swiftSettings: strict),
        .target(
            name: "Linux",
            dependencies: ["CLinux", .product(name: "SystemPackage", package: "swift-system")],
            swiftSettings: strict),
        .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .systemLibrary(name: "CArchive"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

        .testTarget(name: "LinuxTests", dependencies: ["Linux"], swiftSettings: strictTests),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: strictTests),
        .testTarget(name: "YAMLTests", dependencies: ["YAML", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "OCITests", dependencies: ["OCI", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "DBusTests", dependencies: ["DBus"], swiftSettings: strictTests),
        .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "DBus", "Linux", "OCI", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "NetworksTests", dependencies: ["Networks", "Linux", "JSON"], swiftSettings: strictTests),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "Linux", "OCI"], swiftSettings: strictTests),
        .testTarget(name: "FlagsTests", dependencies: ["Flags"], swiftSettings: strictTests),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Networks", "Runtime", "OCI"], swiftSettings: strictTests),
        .testTarget(
            name: "RegistryTests",
            dependencies: [
                "Registry", "EdgeProtocol", "JSON", "OCI", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strictTests),
        .testTarget(name: "TidyTests", swiftSettings: strictTests),
        .testTarget(name: "IntegrationTests", swiftSettings: strictTests),
        .testTarget(name: "ConformanceTests", swiftSettings: strictTests),
    ]
)
