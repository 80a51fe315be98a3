import Testing

/// Bit sets as /proc/PID/status writes them.
func capabilities(_ bits: [Int]) -> String {
    let value = bits.reduce(UInt64(0)) { $0 | 1 << UInt64($1) }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

extension IntegrationTests {
    @Suite struct CapabilityTests {
        /// CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP.
        static let usual = [0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 31]

        private func effective(_ hako: Hako, _ options: [String]) throws -> Outcome {
            try hako.spawn(
                hako.hakoWords(hako.runWords(options + ["--", "sh", "-c", "grep CapEff /proc/self/status | cut -f2"]))
            ).finish()
        }

        static let cases: [(options: [String], bits: [Int])] = [
            ([], usual),
            (["--cap-drop", "ALL"], []),
            (["--cap-drop", "CHOWN"], usual.filter { $0 != 0 }),
            (["--cap-drop", "cap_chown"], usual.filter { $0 != 0 }),
            (["--cap-add", "NET_ADMIN"], usual + [12]),
            (["--cap-add", "CAP_SYS_PTRACE", "--cap-drop", "KILL"], usual.filter { $0 != 5 } + [19]),
            (["--cap-drop", "ALL", "--cap-add", "SYS_CHROOT"], [18]),
        ]

        @Test(arguments: Identity.allCases, cases.indices)
        func set(_ who: Identity, _ index: Int) throws {
            let one = Self.cases[index]
            try withHako(who) { hako in
                let result = try effective(hako, one.options)
                #expect(result.text == capabilities(one.bits), "\(one.options): \(result)")
            }
        }

        @Test func everyKindOfSetAgrees() throws {
            try withHako { hako in
                let result = try hako.run("sh", "-c", "grep ^Cap /proc/self/status | cut -f2")
                let usual = capabilities(Self.usual), none = capabilities([])
                // Inheritable, permitted, effective, bounding, ambient.
                #expect(result.lines == [none, usual, usual, usual, none], "\(result)")
            }
        }

        @Test func anotherUserHasNone() throws {
            try withHako { hako in
                let result = try hako.run(
                    "--user", "1000", "--", "sh", "-c", "grep -E 'Cap(Prm|Eff)' /proc/self/status | cut -f2")
                #expect(result.lines == [capabilities([]), capabilities([])], "\(result)")
            }
        }

        @Test func privilegedHasAllThatThereAre() throws {
            try withHako { hako in
                let bounding = try host("sh", "-c", "grep CapBnd /proc/self/status | cut -f2").text
                let result = try hako.run(
                    "--privileged", "--", "sh", "-c",
                    "grep -E 'CapEff' /proc/self/status | cut -f2; grep Seccomp: /proc/self/status")
                #expect(result.lines.first == bounding, "\(result)")
                #expect(result.lines.last?.hasSuffix("0") == true, "\(result)")
            }
        }

        @Test func aCapabilityThisMachineLacksIsAWarning() throws {
            let bounding = try host("sh", "-c", "grep CapBnd /proc/self/status | cut -f2").text
            guard let value = UInt64(bounding, radix: 16), value & 1 << 24 == 0 else {
                return print("skipped here: this machine's root has CAP_SYS_RESOURCE")
            }
            try withHako { hako in
                let result = try hako.run("--userns=host", "--cap-add", "SYS_RESOURCE", "--", "echo", "ran")
                #expect(result.text == "ran" && result.status == 0, "\(result)")
                #expect(result.oneErrorLine && result.err.contains("SYS_RESOURCE"), "\(result)")
            }
        }

        @Test func noNewPrivileges() throws {
            try withHako { hako in
                let look = ["--", "sh", "-c", "grep NoNewPrivs /proc/self/status | cut -f2"]
                for (options, expected) in [
                    ([], "0"), (["--security-opt", "no-new-privileges"], "1"),
                    (["--security-opt", "no-new-privileges:true"], "1"),
                ] {
                    let result = try hako.spawn(hako.hakoWords(hako.runWords(options + look))).finish()
                    #expect(result.text == expected, "\(options): \(result)")
                }
            }
        }
    }
}
