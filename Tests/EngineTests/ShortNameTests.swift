import OCI
import Testing

@testable import Engine

@Suite struct ShortNameTests {
    private let names: ShortNames = {
        var names = ShortNames()
        names.add(
            """
            # where to look
            unqualified-search-registries = [
              "quay.io", "registry.example.org:5000",
            ]
            [[registry]]
            prefix = "docker.io"
            unqualified-search-registries = ["not.this"]
            [aliases]
            "fedora" = "registry.fedoraproject.org/fedora"
            centos = "quay.io/centos/centos"
            """)
        return names
    }()

    @Test(arguments: [
        ("alpine", ["quay.io/alpine:latest", "registry.example.org:5000/alpine:latest"]),
        ("a/b:1", ["quay.io/a/b:1", "registry.example.org:5000/a/b:1"]),
        ("fedora:40", ["registry.fedoraproject.org/fedora:40"]), ("centos", ["quay.io/centos/centos:latest"]),
        ("docker.io/library/alpine", ["docker.io/library/alpine:latest"]), ("localhost/x", ["localhost/x:latest"]),
    ])
    func aNameStandsFor(_ text: String, _ expected: [String]) throws {
        #expect(names.candidates(try ImageName(text)).map(\.description) == expected)
    }

    @Test func withoutFilesItIsDockers() throws {
        #expect(ShortNames().candidates(try ImageName("alpine")).map(\.description) == ["docker.io/library/alpine:latest"])
    }
}
