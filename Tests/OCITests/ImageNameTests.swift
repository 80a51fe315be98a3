import Testing

@testable import OCI

@Suite struct ImageNameTests {
    private static let digest = "sha256:" + String(repeating: "a", count: 64)

    @Test(arguments: [
        ("alpine", "docker.io/library/alpine:latest", "alpine"),
        ("alpine:3.20", "docker.io/library/alpine:3.20", "alpine"),
        ("user/app", "docker.io/user/app:latest", "user/app"),
        ("docker.io/alpine", "docker.io/library/alpine:latest", "alpine"),
        ("index.docker.io/library/alpine", "docker.io/library/alpine:latest", "alpine"),
        ("localhost/x", "localhost/x:latest", "localhost/x"),
        ("127.0.0.1:5000/a/b-c__d.e:T_1", "127.0.0.1:5000/a/b-c__d.e:T_1", "127.0.0.1:5000/a/b-c__d.e"),
        ("ghcr.io/x/y@\(digest)", "ghcr.io/x/y@\(digest)", "ghcr.io/x/y"),
        ("x:1@\(digest)", "docker.io/library/x:1@\(digest)", "x"), ("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x"),
    ])
    func namesAreDockers(_ text: String, _ whole: String, _ familiar: String) throws {
        let name = try ImageName(text)
        #expect(name.description == whole && name.familiar == familiar)
        #expect(
            try ImageName(whole)
                == {
                    var same = name; same.isShort = false; return same
                }())
    }

    @Test(arguments: [
        "", ":", "a:", "a:b:c", "A", "a/B", "a//b", "/a", "a/", "a@sha256:12", "a@md5:x", "-a", "a-", "a..b", "a___b", "a b",
        "a:-x", "host:port:1/x", "ex_ample.org:99999/x",
    ])
    func whatIsNoName(_ text: String) { #expect(throws: InvalidName.self) { try ImageName(text) } }

    @Test func thePlatformsImageIsChosen() {
        var index = ImageIndex()
        for (number, platform) in ["linux/amd64", "linux/arm64", "linux/arm/v6", "linux/arm/v7", "unknown/unknown"].enumerated() {
            var entry = ContentDescriptor()
            entry.digest = "\(number)"
            entry.platform = Platform(platform)
            index.manifests.append(entry)
        }
        for (wanted, digest) in [
            ("amd64", "0"), ("linux/x86_64", "0"), ("arm64/v8", nil), ("linux/arm64/v8", "1"), ("linux/arm/v7", "3"),
            ("linux/arm/v6", "2"), ("linux/arm/v8", "3"), ("linux/s390x", nil), ("windows/amd64", nil),
        ] as [(String, String?)] {
            let platform = Platform(wanted)
            #expect(platform.flatMap { index.manifest(for: $0) }?.digest == digest, "\(wanted)")
        }
    }
}
