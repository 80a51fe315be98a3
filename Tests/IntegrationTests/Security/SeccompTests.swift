import Testing

extension IntegrationTests {
    @Suite struct SeccompTests {
        @Test(arguments: Identity.allCases)
        func aFilterIsOnUnlessAskedOtherwise(_ who: Identity) throws {
            try withHako(who) { hako in
                let look = ["--", "sh", "-c", "grep '^Seccomp:' /proc/self/status | cut -f2"]
                for (options, expected) in [([], "2"), (["--security-opt", "seccomp=unconfined"], "0")] {
                    let result = try hako.spawn(hako.hakoWords(hako.runWords(options + look))).finish()
                    #expect(result.text == expected, "\(options): \(result)")
                }
            }
        }

        @Test(arguments: Identity.allCases)
        func theDefaultRefusesANewUserNamespace(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run("unshare", "-U", "true")
                #expect(result.status != 0 && result.err.contains("not permitted"), "\(result)")
                let open = try hako.run("--security-opt", "seccomp=unconfined", "--", "unshare", "-U", "true")
                #expect(open.status == 0, "\(open)")
            }
        }

        static let profile = """
            {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
             "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}
            """

        @Test(arguments: Identity.allCases)
        func profileFromAFile(_ who: Identity) throws {
            try withHako(who) { hako in
                let file = try hako.write(Self.profile, to: "profile.json")
                let result = try hako.run("--security-opt", "seccomp=\(file)", "--", "mkdir", "/tmp/d")
                #expect(result.status == 1 && result.err.contains("No space left"), "\(result)")
            }
        }

        @Test(arguments: [
            "{", #"{"defaultAction": "SCMP_ACT_BOGUS"}"#,
            #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"x"}]}"#,
        ])
        func profileThatCannotBeAppliedIsAnError(_ text: String) throws {
            try withHako { hako in
                let file = try hako.write(text, to: "bad.json")
                let result = try hako.run("--security-opt", "seccomp=\(file)", "--", "true")
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
            }
        }

        @Test func profileFileThatIsNotThere() throws {
            try withHako { hako in
                let result = try hako.run("--security-opt", "seccomp=/nowhere.json", "--", "true")
                #expect(result.status == 125 && result.oneErrorLine && result.err.contains("/nowhere.json"), "\(result)")
            }
        }

        @Test func appArmorProfileOnAMachineWithoutItIsAnError() throws {
            try withHako { hako in
                let result = try hako.run("--security-opt", "apparmor=no-such-profile", "--", "true")
                #expect(result.status == 125 && result.oneErrorLine, "\(result)")
                let open = try hako.run("--security-opt", "apparmor=unconfined", "--security-opt", "label=disable", "--", "true")
                #expect(open.status == 0, "\(open)")
            }
        }
    }
}
