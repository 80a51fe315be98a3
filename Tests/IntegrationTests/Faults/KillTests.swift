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

        /// Each process in turn, after each of its system calls in turn, from a start to its end.
        @Test(arguments: ["hako", "monitor", "init"], Identity.allCases)
        func afterEverySystemCall(_ process: String, _ who: Identity) throws {
            try withHako(who) { hako in
                _ = hako.rootfs
                var calls = 0
                var survived = false
                // A slow machine tries fewer of them.
                for count in stride(from: 1, through: 2000, by: Machine.isSlow ? 61 : who == .user ? 5 : 1) {
                    let words = ["--name", "victim", "--rm", "--explain", "--", "true"]
                    let killed = try hako.spawn(hako.hakoWords(hako.runWords(words)), with: ["HAKO_DIE": "\(process):\(count)"])
                        .finish(within: 15)
                    #expect(!killed.timedOut, "\(process) killed after call \(count): hako hangs")
                    survived = killed.status == 0 && !killed.err.contains("ended without telling")
                    if survived { break }
                    calls = count
                    try checkQuickly(hako, "\(process) killed after call \(count)", isTenth: count % 10 == 0)
                }
                #expect(survived && calls > 20, "\(process) was killed \(calls) times")
            }
        }

        /// What a crash left is mended, or was nothing; then nothing is there.
        private func checkQuickly(_ hako: Hako, _ what: String, isTenth: Bool) throws {
            let mended = try eventually {
                let result = try hako("system", "check", within: 20)
                #expect(result.status == 0, "\(what): \(result)")
                return try hako("ps", "-aq").text.isEmpty && hako.newGroups().isEmpty
            }
            let (list, groups) = (try hako("ps", "-a"), try hako.newGroups())
            #expect(mended, "\(what): left are \(list) and \(groups)")
            let states = (try? FileManager.default.contentsOfDirectory(atPath: hako.stateRoot)) ?? []
            #expect(states.allSatisfy { $0.hasPrefix(".") }, "\(what): \(states)")
            let directories = (try? FileManager.default.contentsOfDirectory(atPath: "\(hako.dataRoot)/containers")) ?? []
            #expect(directories.isEmpty, "\(what): \(directories)")
            if isTenth { #expect(try hako.run("echo", "works").text == "works", "\(what)") }
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
