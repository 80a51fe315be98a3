import Foundation
import Testing

extension IntegrationTests {
    /// A registry with TLS and passwords, as root and as a plain user.
    @Suite(
        .registry,
        .requires(
            Machine.exists("/usr/bin/openssl") && Machine.exists("/usr/bin/htpasswd"), "openssl or htpasswd is missing"))
    struct LoginTests {
        /// Where the credentials of a test's user are kept.
        private func authFile(_ hako: Hako) -> String {
            hako.identity == .root ? hako.path("home/.config/containers/auth.json") : hako.path("home/.run/containers/auth.json")
        }

        /// Trusts a registry's CA as a user does: by certs.d.
        private func trust(_ registry: Registry, _ hako: Hako, as host: String? = nil) throws {
            let folder = hako.path("home/.config/containers/certs.d/\(host ?? registry.host)")
            try command("mkdir", "-p", folder)
            try command("cp", registry.authority, "\(folder)/ca.crt")
            try command("chown", "-R", "\(hako.identity.id):\(hako.identity.id)", hako.path("home"))
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func whoIsLoggedInPullsAndPushes(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, "busybox", door: .locked) { registry in
                    let name = "\(registry.host)/test/busybox"
                    let strange = try hako("pull", "-q", name)
                    #expect(strange.status == 125 && strange.oneErrorLine && strange.err.contains("certs.d"), "\(strange)")
                    try trust(registry, hako)
                    let nobody = try hako("pull", "-q", name)
                    #expect(nobody.status == 125 && nobody.oneErrorLine && nobody.err.contains("login"), "\(nobody)")

                    let wrong = try hako("login", "--username", "joe", "--password-stdin", registry.host, stdin: "wrong\n")
                    #expect(wrong.status == 125 && wrong.oneErrorLine && wrong.err.contains("password"), "\(wrong)")
                    #expect(!Machine.exists(authFile(hako)))
                    let login = try hako("login", "-u", "joe", "--password-stdin", registry.host, stdin: "secret-joe\n")
                    #expect(login.status == 0 && login.text == "Login Succeeded", "\(login)")
                    let mode = try host("stat", "-c", "%a %u", authFile(hako)).text
                    #expect(mode == "600 \(who.id)")

                    let pulled = try hako("pull", "-q", name)
                    #expect(pulled.status == 0, "\(pulled)")
                    let pushed = try hako("push", "-q", name, "\(registry.host)/mine/box:1")
                    #expect(pulled.text.count == 64 && pushed.status == 0, "\(pushed)")
                    let seen = try host(
                        "skopeo", "inspect", "--tls-verify=false", "--authfile", authFile(hako), "--format", "{{.Digest}}",
                        "docker://\(registry.host)/mine/box:1")
                    #expect(seen.text == pushed.text, "\(seen)")

                    #expect(try hako("logout", registry.host).status == 0)
                    #expect(try hako("pull", "-q", name).status == 125)
                    #expect(try hako("logout", registry.host).oneErrorLine)
                }
            }
        }

        /// Without a CA of its own: by `--cert-dir`, or by not looking.
        @Test(.fastMachine) func certificatesAreCheckedUnlessAskedNotTo() throws {
            try withHako { hako in
                try withRegistry(hako, "busybox", door: .locked) { registry in
                    let name = "\(registry.host)/test/busybox"
                    try command("mkdir", hako.path("trusted"), hako.path("other"))
                    try command("cp", registry.authority, hako.path("trusted/ca.crt"))
                    try command(
                        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                        "/CN=other", "-keyout", hako.path("other.key"), "-out", hako.path("other/ca.crt"))
                    for (flag, status) in [
                        ("--tls-verify=true", 125), ("--cert-dir=\(hako.path("other"))", 125),
                        ("--cert-dir=\(hako.path("trusted"))", 0), ("--tls-verify=false", 0),
                    ] {
                        let login = try hako(
                            "login", flag, "-u", "joe", "--password-stdin", registry.host, stdin: "secret-joe")
                        #expect(login.status == status, "\(flag): \(login)")
                        let pulled = try hako("pull", "-q", flag, name)
                        #expect(pulled.status == status && (status == 0 || pulled.oneErrorLine), "\(flag): \(pulled)")
                        if status == 0 { #expect(try hako("rmi", "-a").status == 0) }
                    }
                }
            }
        }

        /// Each reads the file, adds its own, and writes it: none may be lost.
        @Test(.fastMachine, arguments: Identity.allCases)
        func loginsAtOnceAreAllKept(_ who: Identity) throws {
            try withHako(who) { hako in
                try withRegistry(hako, door: .locked) { registry in
                    let port = registry.host.split(separator: ":")[1]
                    let names = [registry.host, "localhost:\(port)"]
                    let logins = try (0..<12).map { number in
                        let words = ["login", "--tls-verify=false", "-u", "joe", "--password-stdin", names[number % 2]]
                        return try hako.spawn(hako.hakoWords(words), stdin: "secret-joe")
                    }
                    for login in logins {
                        let end = try login.finish()
                        #expect(end.status == 0, "\(end)")
                    }
                    let kept = try host("cat", authFile(hako))
                    for name in names { #expect(kept.out.contains("\"\(name)\""), "\(kept)") }
                    #expect(try host("stat", "-c", "%a", authFile(hako), "\(authFile(hako)).lock").lines == ["600", "600"])
                }
            }
        }
    }
}
