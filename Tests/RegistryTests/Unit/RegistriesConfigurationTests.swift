import AsyncHTTPClient
import EdgeProtocol
import FoundationEssentials
import Testing

@testable import Registry

@Suite struct RegistriesConfigurationTests {
    static let text = """
        unqualified-search-registries = ["docker.io",
          'quay.io', # another
        ]
        short-name-mode = "enforcing"

        [[registry]]
        prefix = "docker.io/library"
        location = "docker.io/library"
        [[registry.mirror]]
        location = "mirror.local:5000/hub"
        insecure = true
        [[registry.mirror]]
        location = "digests.local"
        pull-from-mirror = "digest-only"

        [[registry]]
        location = "evil.example.com"
        blocked = true

        [[registry]]
        prefix = "*.corp.example"
        insecure = true

        [[registry]]
        location = "inline.example"
        mirror = [{location = "m1.example", insecure = true}, {location = "m2.example/x"}]

        [aliases]
        "alpine" = "docker.io/library/alpine"
        a.b = 1
        """

    private func targets(_ registry: String, _ repository: String, pushing: Bool = false) throws -> [String] {
        var configuration = RegistriesConfiguration()
        try configuration.add(Self.text)
        return try configuration.targets(registry: registry, repository: repository, isPushing: pushing).map {
            "\($0)" + ($0.site.isInsecure ? " insecure" : "") + ($0.isMirror ? " mirror" : "")
        }
    }

    @Test func mirrorsComeFirst() throws {
        #expect(
            try targets("docker.io", "library/alpine") == [
                "mirror.local:5000/hub/alpine insecure mirror", "digests.local/alpine mirror", "docker.io/library/alpine",
            ])
        #expect(try targets("docker.io", "library/alpine", pushing: true) == ["docker.io/library/alpine"])
        #expect(try targets("docker.io", "libraryx/alpine") == ["docker.io/libraryx/alpine"])
        #expect(
            try targets("inline.example", "a/b") == [
                "m1.example/a/b insecure mirror", "m2.example/x/a/b mirror", "inline.example/a/b",
            ])
    }

    @Test func wildcardsAndBlocks() throws {
        #expect(try targets("a.b.corp.example", "x") == ["a.b.corp.example/x insecure"])
        #expect(try targets("corp.example", "x") == ["corp.example/x"])
        let error = #expect(throws: RegistryError.self) { try targets("evil.example.com", "x") }
        #expect(error?.kind == .blocked)
    }

    @Test func mirrorsThatAnswerDigestsAlone() throws {
        var configuration = RegistriesConfiguration()
        try configuration.add(Self.text)
        let found = try configuration.targets(registry: "docker.io", repository: "library/alpine")
        #expect(found.filter { $0.takes(reference: "latest") }.count == 2)
        #expect(found.filter { $0.takes(reference: "sha256:" + String(repeating: "a", count: 64)) }.count == 3)
    }

    @Test func laterEntriesCount() throws {
        var configuration = RegistriesConfiguration()
        try configuration.add(Self.text)
        try configuration.add("[[registry]]\nlocation = \"evil.example.com\"\n")
        #expect(try configuration.targets(registry: "evil.example.com", repository: "x").count == 1)
    }

    @Test(arguments: [
        ("a", 1), ("a = ", 1), ("\n[[registry]\n", 2), ("a = \"b", 1), ("a = yes", 1), ("a = \"\"\"b\"\"\"", 1), ("a = [1", 1),
        ("a = 1 b", 1), ("x = {a = 1", 1), ("[]", 1),
    ])
    func textThatIsWrong(_ text: String, _ line: Int) {
        let error = #expect(throws: ConfigurationText.Failure.self) { try ConfigurationText(parsing: text) }
        #expect(error?.line == line)
    }
}

@Suite struct ProxyTests {
    private let environment = [
        "HTTP_PROXY": "http://u:p%40@proxy:3129", "https_proxy": "secure:1",
        "NO_PROXY": "example.com, .in.org,10.0.0.1:80,*.star.org",
    ]

    @Test(arguments: [
        ("http://a.org/", "proxy"), ("https://a.org/", "secure"), ("https://example.com/", nil), ("https://x.example.com/", nil),
        ("https://notexample.com/", "secure"), ("https://a.in.org", nil), ("http://10.0.0.1:80/", nil),
        ("http://10.0.0.1:81/", "proxy"),
        ("https://localhost:5000/", nil), ("http://127.3.2.1/", nil), ("http://[::1]:5000/", nil), ("http://b.star.org/", nil),
    ])
    func whichHosts(_ url: String, _ proxy: String?) throws {
        let proxies = Proxies { environment[$0] }
        let address = try #require(URL(string: url))
        #expect(proxies.proxy(for: address)?.host == proxy)
    }

    @Test(arguments: [
        ("127.0.0.1:5000", true), ("localhost", true), ("[::1]:80", true), ("127.0.0.1.example.com", false),
        ("127.0.0.300", false),
        ("a.localhost:1", true), ("128.0.0.1", false),
    ])
    func loopback(_ name: String, _ isLoopback: Bool) {
        #expect(Site(name).isLoopback == isLoopback)
    }
}
