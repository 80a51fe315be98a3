import Foundation
import Testing

extension IntegrationTests {
    /// Commands of every kind at random, each killed at a random moment, and the truth looked for after each.
    @Suite struct RandomFaultTests {
        /// How many kills: HAKO_FAULTS; `make faults` asks for a thousand.
        private static let wanted = Int(Machine.environment["HAKO_FAULTS"] ?? "") ?? 120

        /// What was done and found.
        private final class Tally {
            var kills: [String: Int] = [:]
            var mended: [String: Int] = [:]
            var commands = 0
            var total: Int { kills.values.reduce(0, +) }

            func report() {
                print("faults: \(total) kills in \(commands) commands")
                for (what, count) in kills.sorted(by: { $0.key < $1.key }) { print("faults: killed \(what): \(count)") }
                for (what, count) in mended.sorted(by: { $0.key < $1.key }) { print("faults: system check \(what): \(count)") }
                if mended.isEmpty { print("faults: system check found nothing to mend") }
            }
        }

        // No id begins like these: `rm -f c0` may mean a container whose id does, when none has that name.
        private static let names = ["box0", "box1", "box2", "box3"]

        /// A command line at random, over a few containers that come and go.
        private func command(_ hako: Hako) -> [String] {
            let name = Self.names.randomElement() ?? ""
            let run = ["--network", "none", "--rootfs", hako.rootfs + ":O"]
            let trace = Bool.random() ? ["--explain=/dev/null"] : []
            let choices: [[String]] = [
                ["run", "--rm"] + trace + run + ["true"],
                ["run", "-d", "--replace", "--name", name] + trace + run + ["sleep", "100"],
                ["run", "-d", "--name", name, "--restart", "always"] + run + ["sleep", "0.05"],
                ["create", "--name", name] + run + ["sleep", "100"], ["start"] + trace + [name], ["stop", "-t", "0", name],
                ["restart", "-t", "0", name], ["kill", name], ["rm", "-f", name], ["exec"] + trace + [name, "true"],
                ["rename", name, Self.names.randomElement() ?? ""], ["update", "--restart", "on-failure:2", name],
                ["update", "--pids-limit", "\(Int.random(in: 10...99))", name], ["pause", name], ["unpause", name],
                ["ps", "-a"], ["inspect", name], ["logs", name],
            ]
            return choices.randomElement() ?? []
        }

        /// Lets a command go on for a moment and kills it, or one of the processes that belong to this hako.
        private func strike(_ child: Child, _ words: [String], _ hako: Hako, _ tally: Tally) throws {
            usleepScaled(Double.random(in: 0...14_000))
            if Int.random(in: 0..<10) < 7 {
                guard child.isRunning else { return }
                child.send(SIGKILL)
                tally.kills["hako \(words[0])", default: 0] += 1
                return
            }
            let others = descendants(of: 1).filter { $0.command.contains(hako.stateRoot) && $0.pid != child.pid }
            guard let victim = others.randomElement() else { return }
            kill(victim.pid, SIGKILL)
            let what = ["monitor", "exec", "unshare"].first { victim.command.contains(" \($0) ") } ?? "other"
            tally.kills["hako-runtime \(what)", default: 0] += 1
        }

        /// Whatever was killed: commands work, what one container holds is there, and a second look finds all in order.
        private func look(_ hako: Hako, _ after: [String], _ tally: Tally) throws {
            let checked = try hako("system", "check", within: 60)
            #expect(checked.status == 0, "after \(after): \(checked)")
            for line in checked.lines where line != "nothing to mend" {
                // Without the name or id of the one it is about.
                let words = line.split(separator: " ").filter { $0.rangeOfCharacter(from: .decimalDigits) == nil }
                let kind = words.filter { !$0.contains("_") }.joined(separator: " ")
                tally.mended[kind, default: 0] += 1
            }
            let list = try hako("ps", "-a", "--format", "{{.Names}} {{.State}}")
            #expect(list.status == 0, "after \(after): \(list)")
            #expect(Set(list.lines.compactMap { $0.split(separator: " ").first }).count == list.lines.count, "\(list)")
            #expect(list.lines.contains("precious exited"), "after \(after): \(list)")
        }

        @Test(.fastMachine) func anythingMayBeKilledAnytime() throws {
            try withHako { hako in
                let made = try hako.run("--name", "precious", "--", "sh", "-c", "echo gold >/treasure")
                #expect(made.status == 0, "\(made)")
                let tally = Tally()
                while tally.total < Self.wanted {
                    let words = command(hako)
                    var variables: [String: String] = [:]
                    if words.contains("--explain=/dev/null") {
                        let process = ["hako", "monitor", "init", "runtime"].randomElement() ?? ""
                        variables["HAKO_DIE"] = "\(process):\(Int.random(in: 1...250))"
                    }
                    let child = try hako.spawn(hako.hakoWords(words), with: variables)
                    tally.commands += 1
                    if variables.isEmpty { try strike(child, words, hako, tally) }
                    let ended = try child.finish(within: 60)
                    #expect(!ended.timedOut, "\(words) hangs after a kill")
                    if !variables.isEmpty, ended.status != 0 {
                        tally.kills["\(variables["HAKO_DIE"]?.prefix { $0 != ":" } ?? "") by itself", default: 0] += 1
                    }
                    if tally.commands % 8 == 0 { try look(hako, words, tally) }
                }
                try look(hako, ["the end"], tally)
                try settle(hako)
                tally.report()
            }
        }

        /// Everything can be removed, and then nothing is left; what the one container held was there to the end.
        private func settle(_ hako: Hako) throws {
            for name in Self.names { _ = try hako("rm", "-f", name, within: 30) }
            let kept = try hako("export", "precious", within: 30)
            #expect(kept.out.contains("gold"), "what a container wrote is lost")
            #expect(try hako("rm", "-af", within: 60).status == 0)
            #expect(try hako("ps", "-aq").text.isEmpty)
            let gone = try eventually(within: 20) { try hako("system", "check").status == 0 && hako.newGroups().isEmpty }
            let groups = try hako.newGroups()
            #expect(gone, "groups are left: \(groups)")
            let directories = try FileManager.default.contentsOfDirectory(atPath: "\(hako.dataRoot)/containers")
            #expect(directories.isEmpty, "\(directories)")
        }
    }
}
