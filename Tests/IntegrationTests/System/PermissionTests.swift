import Foundation
import Testing

extension IntegrationTests {
    /// What hako keeps is its user's alone.
    @Suite struct PermissionTests {
        /// Everything there is at once: containers that run and have ended, a volume, a secret, an image, logs and events.
        private func furnish(_ hako: Hako) throws {
            let steps = [
                ["secret", "create", "word", "-"], ["volume", "create", "chest"],
                ["import", "\(Machine.rootfs)/busybox.tar", "box:1"],
                ["run", "-d", "--name", "live", "--network", "none", "--health-cmd", "true", "--health-interval", "50ms"]
                    + ["--restart", "always", "-v", "chest:/chest", "--secret", "word", "box:1", "sleep", "100"],
                ["run", "--name", "old", "--network", "none", "box:1", "echo", "said"],
            ]
            for step in steps {
                let outcome = try hako.spawn(hako.hakoWords(step), stdin: "word-of-7351").finish(within: 30)
                #expect(outcome.status == 0, "\(step): \(outcome)")
            }
            usleepScaled(200_000)
        }

        /// A stranger, who is neither root nor the user, finds nothing to read, to write or to connect to.
        @Test(.fastMachine, arguments: Identity.allCases)
        func strangersGetNothing(_ who: Identity) throws {
            try withHako(who) { hako in
                try furnish(hako)
                let script = """
                    find \(hako.dataRoot) \(hako.stateRoot) \\( -type f -o -type s -o -type p \\) \\( -readable -o -writable \\) 2>/dev/null
                    find \(hako.dataRoot) \(hako.stateRoot) -type d -writable 2>/dev/null
                    """
                let found = try host(
                    "setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups", "sh", "-c", script)
                #expect(found.text.isEmpty, "\(found)")
            }
        }

        /// No file but a container's own may be written by its group or by others, wherever it is.
        @Test(.fastMachine, arguments: Identity.allCases)
        func nothingIsWritableForOthers(_ who: Identity) throws {
            try withHako(who) { hako in
                try furnish(hako)
                let loose = try host(
                    "find", hako.dataRoot, hako.stateRoot, "(", "-name", "diff", "-o", "-name", "_data", "-o", "-name", "work",
                    ")", "-prune",
                    "-o", "-not", "-type", "l", "-perm", "/022", "-print")
                #expect(loose.text.isEmpty, "\(loose)")
                let secrets = try host("grep", "-rl", "word-of-7351", hako.dataRoot, hako.stateRoot)
                #expect(secrets.lines.allSatisfy { $0.contains("/secrets/") }, "\(secrets)")
            }
        }

        /// root's and a user's containers do not see each other, with the places that are usual for them.
        @Test(.fastMachine) func storesAreApart() throws {
            try withHako(.root) { root in
                try withHako(.user) { user in
                    #expect(try root.run("--name", "mine", "--", "true").status == 0)
                    #expect(try user.run("--name", "mine", "--", "true").status == 0)
                    #expect(try user("ps", "-a", "--format", "{{.Names}}").lines == ["mine"])
                    let theirs = try user.spawn(
                        user.asIdentity([Machine.hako, "--root", root.dataRoot, "--state", root.stateRoot, "ps", "-a"])
                    ).finish(within: 10)
                    #expect(theirs.status == 125 && theirs.oneErrorLine, "\(theirs)")
                }
            }
        }
    }
}
