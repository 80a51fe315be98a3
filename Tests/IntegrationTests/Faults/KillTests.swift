import Foundation
import Testing

extension IntegrationTests {
    /// SIGKILL to each process of a container at any moment: the next command works, `hako system check` mends the rest.
    @Suite struct KillTests {
        enum Victim: String, CaseIterable { case hako, monitor, initial }

        /// The processes of this test's Hako, by what they run: hako, its monitor, the container's first process.
        private func find(_ victim: Victim, under root: Int32) -> Int32? {
            let children = descendants(of: root)
            switch victim {
            case .hako: return children.first { $0.name == "hako" }?.pid ?? root
            case .monitor: return children.first { $0.command.contains("monitor") }?.pid
            case .initial: return children.last { $0.command.contains("sleep") || $0.name.contains("init") }?.pid
            }
        }

        private func check(_ hako: Hako, _ what: String) throws {
            let mended = try hako("system", "check", within: 20)
            #expect(mended.status == 0, "\(what): \(mended)")
            let again = try hako("system", "check", within: 20)
            #expect(again.status == 0, "\(what), the second check: \(again)")
            let next = try hako.run("echo", "works")
            #expect(next.text == "works", "\(what): \(next)")
            let list = try hako("ps", "-a")
            #expect(list.status == 0, "\(what): \(list)")
            let gone = try hako("rm", "-f", "victim")
            #expect(gone.status == 0 || gone.err.contains("victim"), "\(what): \(gone)")
            let groups = try eventually { try hako.newGroups().isEmpty }
            #expect(groups, "\(what): groups are left")
        }

        /// Delays in milliseconds from the start of `hako`, through every stage of a start.
        static let delays = Machine.isSlow ? [50, 200, 500, 1000] : [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 45, 70]

        @Test(arguments: delays)
        func hakoAtAStepOfAStart(_ delay: Int) throws {
            try withHako { hako in
                _ = hako.rootfs
                let child = try hako.spawn(
                    hako.hakoWords(hako.runWords(["--name", "victim", "--memory", "64m", "--", "sleep", "30"])))
                usleep(UInt32(delay * 1000))
                child.send(SIGKILL)
                _ = try child.finish(within: 5)
                try check(hako, "hako killed after \(delay) ms")
            }
        }

        @Test(arguments: delays)
        func monitorAtAStepOfAStart(_ delay: Int) throws {
            try killDuringAStart(.monitor, delay)
        }

        @Test(arguments: delays)
        func initAtAStepOfAStart(_ delay: Int) throws {
            try killDuringAStart(.initial, delay)
        }

        private func killDuringAStart(_ victim: Victim, _ delay: Int) throws {
            try withHako { hako in
                _ = hako.rootfs
                let child = try hako.spawn(
                    hako.hakoWords(hako.runWords(["--name", "victim", "--memory", "64m", "--", "sleep", "5"])))
                // Processes are looked for until the victim is there, then the delay passes.
                var target: Int32?
                let deadline = monotonic() + 3 * Machine.slowness
                while target == nil, child.isRunning, monotonic() < deadline { target = find(victim, under: child.pid) }
                usleep(UInt32(delay * 300))
                if let target { kill(target, SIGKILL) }
                let ended = try child.finish(within: 15)
                #expect(!ended.timedOut, "hako hangs after its \(victim.rawValue) was killed: \(ended)")
                #expect(ended.status != 0, "\(ended)")
                try check(hako, "\(victim.rawValue) killed after \(delay) ms")
            }
        }

        @Test(arguments: Victim.allCases)
        func whileItRuns(_ victim: Victim) throws {
            try withHako { hako in
                let child = try hako.spawn(
                    hako.hakoWords(
                        hako.runWords([
                            "--name", "victim", "--memory", "64m", "--", "sh", "-c", "echo > /tmp/up; exec sleep 62.5",
                        ])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                usleepScaled(50_000)
                let target = find(victim, under: child.pid)
                #expect(target != nil, "no \(victim.rawValue) among \(descendants(of: child.pid))")
                if let target { kill(target, SIGKILL) }
                if victim != .hako {
                    let ended = try child.finish(within: 15)
                    #expect(!ended.timedOut && ended.status != 0, "\(ended)")
                }
                try check(hako, "\(victim.rawValue) killed while it runs")
                let left = try eventually { try host("pgrep", "-f", "-x", "sleep 62.5").status == 1 }
                #expect(left, "the container's command still runs")
            }
        }

        @Test func everyProcessAtOnce() throws {
            try withHako { hako in
                let child = try hako.spawn(
                    hako.hakoWords(hako.runWords(["--name", "victim", "--", "sh", "-c", "echo > /tmp/up; exec sleep 63.5"])))
                #expect(eventually { Machine.exists("\(hako.rootfs)/tmp/up") })
                for process in descendants(of: child.pid) { kill(process.pid, SIGKILL) }
                child.send(SIGKILL)
                _ = try child.finish(within: 5)
                try check(hako, "everything killed")
            }
        }

        @Test func unpackingATarThatIsInterruptedIsDoneAgain() throws {
            try withHako { hako in
                let tar = "\(Machine.rootfs)/busybox.tar.gz"
                for delay in [1, 5, 10, 20, 30] {
                    let child = try hako.spawn(hako.hakoWords(["run", "--rm", "--network", "none", "--rootfs", tar, "true"]))
                    usleepScaled(Double(delay) * 1000)
                    child.send(SIGKILL)
                    _ = try child.finish(within: 5)
                }
                let result = try hako.run("--rootfs", tar, "--", "ls", "/home")
                #expect(result.text == "tester", "\(result)")
                #expect(try hako("system", "check").status == 0)
            }
        }
    }
}

/// A process as /proc has it.
struct HostProcess {
    var pid: Int32
    var parent: Int32
    var name: String
    var command: String
}

/// All processes below `root`, in the order of their numbers.
func descendants(of root: Int32) -> [HostProcess] {
    var all: [HostProcess] = []
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
        guard let pid = Int32(entry), let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")")
        else { continue }
        let parent = Int32(stat[stat.index(after: close)...].split(separator: " ")[1]) ?? 0
        let command = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
        all.append(
            HostProcess(
                pid: pid, parent: parent, name: String(stat[stat.index(after: open)..<close]),
                command: command.split(separator: "\0").joined(separator: " ")))
    }
    var family: Set<Int32> = [root]
    var grown = true
    while grown {
        let more = all.filter { family.contains($0.parent) && !family.contains($0.pid) }.map(\.pid)
        grown = !more.isEmpty
        family.formUnion(more)
    }
    return all.filter { family.contains($0.pid) && $0.pid != root }.sorted { $0.pid < $1.pid }
}
