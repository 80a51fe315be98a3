import Foundation
import Testing

extension IntegrationTests {
    /// Disks that are full or read-only, a database that is damaged or gone: the next command tells the truth, and no
    /// container's data is lost.
    @Suite struct DamageTests {
        private func keep(_ hako: Hako) throws {
            let words = hako.runWords([
                "-d", "--name", "keep", "-v", "chest:/chest", "--", "sh", "-c", "echo gold >/treasure; exec sleep 100",
            ])
            let made = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(made.status == 0, "\(made)")
            #expect(try eventually { try hako("exec", "keep", "cat", "/treasure").text == "gold" })
        }

        private var databaseFiles: [String] { ["", "-wal", "-shm"].map { "hako.db\($0)" } }

        @Test(.fastMachine, arguments: ["gone", "empty", "rubbish", "cut"], Identity.allCases)
        func aDatabaseIsMadeAnew(_ damage: String, _ who: Identity) throws {
            try withHako(who) { hako in
                try keep(hako)
                let other = hako.runWords(["--name", "old", "--label", "a=b", "--", "true"])
                #expect(try hako.spawn(hako.hakoWords(other)).finish(within: 20).status == 0)
                let path = "\(hako.dataRoot)/hako.db"
                if damage == "cut" {
                    #expect(try host("sqlite3", path, "PRAGMA wal_checkpoint(TRUNCATE)").status == 0)
                    truncate(path, 6000)
                } else {
                    for name in databaseFiles { unlink("\(hako.dataRoot)/\(name)") }
                    if damage != "gone" {
                        _ = try hako.write(damage == "empty" ? "" : String(repeating: "x", count: 9000), to: "data/hako.db")
                    }
                }
                if damage == "rubbish" || damage == "cut" {
                    let told = try hako("ps", "-a")
                    #expect(told.status == 125 && told.oneErrorLine && told.err.contains("hako system check"), "\(told)")
                    let mended = try hako("system", "check")
                    #expect(mended.status == 0 && mended.text.contains("damaged database anew"), "\(mended)")
                }
                let list = try hako("ps", "-a", "--format", "{{.Names}} {{.State}} {{.Labels}}")
                #expect(list.lines.sorted() == ["keep running ", "old exited a=b"], "\(list)")
                #expect(try hako("exec", "keep", "cat", "/treasure").text == "gold")
                #expect(try hako("restart", "-t", "0", "keep").status == 0)
                let used = try hako("volume", "rm", "chest")
                #expect(used.status != 0 && used.err.contains("keep"), "\(used)")
                #expect(try hako("rm", "-f", "keep", "old").status == 0)
                #expect(try hako("volume", "rm", "chest").status == 0)
                #expect(try hako("system", "check").text == "nothing to mend")
            }
        }

        /// Whatever state and records hold, commands answer in one line, and force removes the container.
        @Test(
            .fastMachine,
            arguments: [
                "state.json", "exit.json", "config.json", "container.json", "monitor.json", "restarts.json", "health.json",
            ])
        func filesCutShortAreNoEnd(_ file: String) throws {
            try withHako { hako in
                let words = hako.runWords(
                    [
                        "-d", "--name", "keep", "--restart", "on-failure:1", "--health-cmd", "true", "--health-interval", "50ms",
                        "--",
                    ]
                        + ["sh", "-c", file == "exit.json" || file == "restarts.json" ? "exit 1" : "exec sleep 100"])
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                usleepScaled(400_000)
                let bundle = try hako("inspect", "-f", "{{.Hako.Bundle}}", "keep").text
                let state = try hako("inspect", "-f", "{{.Hako.StateDir}}", "keep").text
                let path = "\(file == "state.json" ? state : bundle)/\(file)"
                #expect(Machine.exists(path), "\(path)")
                truncate(path, 7)
                for command in [["ps", "-a"], ["inspect", "keep"], ["logs", "keep"], ["system", "check"]] {
                    let outcome = try hako.spawn(hako.hakoWords(command)).finish(within: 20)
                    #expect(outcome.status == 0 || outcome.oneErrorLine, "\(command): \(outcome)")
                }
                let removed = try hako("rm", "-f", "keep")
                #expect(removed.status == 0, "\(removed)")
                #expect(try eventually { try hako.newGroups().isEmpty })
                #expect(try hako.run("echo", "works").text == "works")
            }
        }

        /// In a mount namespace of its own.
        @Test func aFullDiskCostsNoContainer() throws {
            try withHako { hako in
                let script = """
                    set -e
                    mount -t tmpfs -o size=6m tmpfs \(hako.path("disk"))
                    hako() { \(Machine.hako) --root \(hako.path("disk"))/data --state \(hako.stateRoot) "$@"; }
                    hako run -d --name keep --rootfs \(hako.rootfs):O sh -c 'echo gold >/treasure; exec sleep 100' >/dev/null
                    sleep 0.3
                    dd if=/dev/zero of=\(hako.path("disk"))/fill bs=4k 2>/dev/null || true
                    hako run --rm --rootfs \(hako.rootfs):O true 2>/dev/null && echo "run did not fail"
                    hako ps --format 'full: {{.Names}} {{.State}}'
                    hako exec keep cat /treasure
                    hako stop -t 0 keep
                    hako ps -a --format 'stopped: {{.State}} {{.ExitCode}}'
                    rm \(hako.path("disk"))/fill
                    hako system check
                    hako ps -a --format 'freed: {{.State}} {{.ExitCode}}'
                    hako start keep
                    hako exec keep cat /treasure
                    mount -o bind \(hako.path("disk")) \(hako.path("disk"))
                    mount -o remount,bind,ro \(hako.path("disk"))
                    hako ps --format 'read-only: {{.Names}} {{.State}}'
                    hako run --rm --rootfs \(hako.rootfs):O true 2>&1 | wc -l
                    umount \(hako.path("disk"))
                    hako rm -f keep
                    """
                try FileManager.default.createDirectory(atPath: hako.path("disk"), withIntermediateDirectories: true)
                let outcome = try host("unshare", "-m", "bash", "-c", script, within: 60 * Machine.slowness)
                let expected = [
                    "full: keep running", "gold", "keep", "stopped: exited 137", "freed: exited 137", "keep", "gold",
                    "read-only: keep running", "1", "keep",
                ]
                let told = outcome.lines.filter { !$0.hasPrefix("removed the ") && !$0.hasPrefix("wrote down how") }
                #expect(told == expected, "\(outcome)")
            }
        }
    }
}
