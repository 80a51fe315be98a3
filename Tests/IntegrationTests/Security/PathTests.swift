import Testing

extension IntegrationTests {
    @Suite struct PathTests {
        @Test(arguments: Identity.allCases)
        func kernelsSecretsAreMasked(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "sh", "-c",
                    "for f in kcore keys timer_list; do [ ! -e /proc/$f ] || head -c 1 /proc/$f | wc -c; done; "
                        + "ls /sys/firmware /proc/acpi 2>/dev/null | grep -v : | wc -w"
                )
                #expect(result.status == 0, "\(result)")
                #expect(result.lines.allSatisfy { $0 == "0" }, "\(result)")
            }
        }

        @Test(arguments: [
            "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/irq/default_smp_affinity", "/sys/kernel/mm/ksm/run",
        ])
        func kernelsSettingsAreReadOnly(_ path: String) throws {
            try withHako { hako in
                let result = try hako.run("--userns=host", "--", "sh", "-c", "[ -e \(path) ] || exit 1; : >> \(path)")
                #expect(result.status != 0, "\(path) can be written: \(result)")
            }
        }

        @Test func unmaskingIsOnlyForThePrivileged() throws {
            try withHako { hako in
                let result = try hako.run("--privileged", "--", "sh", "-c", "head -c 1 /proc/timer_list | wc -c")
                #expect(result.text == "1", "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func readOnlyRoot(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "--read-only", "--", "sh", "-c", "touch /x; touch /dev/shm/y && echo shm; echo > /dev/null && echo null")
                #expect(result.err.contains("Read-only"), "\(result)")
                #expect(result.lines == ["shm", "null"], "\(result)")
                #expect(!Machine.exists("\(hako.rootfs)/x"))
            }
        }

        @Test func readOnlyRootWithAWritablePlace() throws {
            try withHako { hako in
                let result = try hako.run("--read-only", "--tmpfs", "/tmp", "--", "sh", "-c", "touch /tmp/x && echo yes")
                #expect(result.text == "yes", "\(result)")
            }
        }

        @Test(arguments: Identity.allCases)
        func descriptorsOfTheHostDoNotLeak(_ who: Identity) throws {
            try withHako(who) { hako in
                let result = try hako.run(
                    "sh", "-c",
                    "for f in /proc/$$/fd/*; do readlink $f; done | grep -v -E '^(pipe:.*|/dev/null)$'")
                #expect(result.text == "", "\(result)")
                // No pipeline: the shell's own pipe would count. The fourth is the directory it reads.
                let count = try hako.run("sh", "-c", "set -- /proc/1/fd/*; echo $#")
                #expect(Int(count.text).map { $0 <= 4 } == true, "\(count)")
            }
        }
    }
}
