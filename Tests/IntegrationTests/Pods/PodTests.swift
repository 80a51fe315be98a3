import Foundation
import Testing

extension IntegrationTests {
    /// Containers that share namespaces, kept by an infra container.
    @Suite struct PodTests {
        private func member(_ hako: Hako, _ name: String, _ script: String) throws {
            let words = ["run", "-d", "--name", name, "--pod", "pod", "--rootfs", hako.rootfs, "sh", "-c", script]
            let started = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
            #expect(started.status == 0, "\(started)")
        }

        private func state(_ hako: Hako) throws -> String { try hako("pod", "inspect", "-f", "{{.State}}", "pod").text }

        @Test(arguments: Identity.allCases)
        func membersSeeEachOther(_ who: Identity) throws {
            try withHako(who) { hako in
                let made = try hako("pod", "create", "--name", "pod", "--label", "a=b")
                #expect(made.status == 0, "\(made)")
                #expect(try state(hako) == "Created")
                try member(hako, "server", "while true; do hostname | nc -l -p 8000; done")
                let heard = try eventually {
                    let words = ["run", "--rm", "--pod", "pod", "--rootfs", hako.rootfs, "nc", "127.0.0.1", "8000"]
                    return try hako.spawn(hako.hakoWords(words)).finish(within: 20).text == "pod"
                }
                #expect(heard)
                let script = "readlink /proc/self/ns/net; readlink /proc/self/ns/ipc"
                let first = try hako("exec", "server", "sh", "-c", "\(script); until nc pod 8000; do sleep 0.1; done")
                #expect(first.status == 0 && first.lines.last == "pod", "\(first)")
                let words = ["run", "--rm", "--pod", "pod", "--rootfs", hako.rootfs, "sh", "-c", script]
                let second = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                #expect(second.lines.count == 2 && second.lines == Array(first.lines.prefix(2)), "\(second)")
                #expect(try state(hako) == "Running")
                #expect(try hako("ps", "--pod").text.contains("PODNAME"))
                #expect(try hako("pod", "rm", "-f", "pod").status == 0)
                #expect(try hako("ps", "-aq").text.isEmpty)
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func allAreStoppedStartedAndRemovedTogether(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako("pod", "create", "pod").status == 0)
                try member(hako, "a", "trap 'exit 0' TERM; while true; do sleep 0.1; done")
                try member(hako, "b", "trap 'exit 0' TERM; while true; do sleep 0.1; done")
                #expect(
                    try hako("pod", "ps", "--format", "{{.Name}} {{.Status}} {{.NumberOfContainers}}").text == "pod Running 3")
                let refused = try hako("pod", "rm", "pod")
                #expect(refused.status == 125 && refused.err.contains("stop it first"), "\(refused)")
                // A plain user has groups to freeze on version 2 only.
                if who == .root || Machine.cgroupIsV2 {
                    #expect(try hako("pod", "pause", "pod").status == 0)
                    #expect(try state(hako) == "Paused")
                    #expect(try hako("pod", "unpause", "pod").status == 0)
                }
                let stopped = try hako("pod", "stop", "pod")
                #expect(stopped.status == 0 && stopped.text == "pod", "\(stopped)")
                #expect(try state(hako) == "Exited")
                #expect(try hako("ps", "-q").text.isEmpty)
                // One member alone brings what it shares with it.
                #expect(try hako("start", "b").status == 0)
                #expect(try state(hako) == "Degraded")
                #expect(try hako("pod", "start", "pod").status == 0)
                #expect(try state(hako) == "Running")
                #expect(try hako("pod", "restart", "-t", "1", "pod").status == 0)
                #expect(try state(hako) == "Running")
                #expect(try hako("pod", "kill", "pod").status == 0)
                #expect(try state(hako) == "Exited")
                let infra = try hako("rm", "pod-infra")
                #expect(infra.status == 125 && infra.err.contains("hako pod rm pod"), "\(infra)")
                #expect(try hako("pod", "rm", "pod").status == 0)
                #expect(try hako("ps", "-aq").text.isEmpty)
                #expect(try hako("pod", "exists", "pod").status == 1)
                let events = try hako("events", "--stream=false", "-f", "type=pod", "--format", "{{.Action}}").lines
                for action in ["create", "start", "stop", "remove"] { #expect(events.contains(action), "\(events)") }
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func theTruthIsToldOfAKilledInfra(_ who: Identity) throws {
            try withHako(who) { hako in
                #expect(try hako("pod", "create", "pod").status == 0)
                try member(hako, "a", "exec sleep 1000")
                let pid = try #require(Int32(try hako("inspect", "-f", "{{.State.Pid}}", "pod-infra").text))
                kill(pid, SIGKILL)
                #expect(try eventually { try state(hako) == "Degraded" })
                #expect(try hako("inspect", "-f", "{{.State.ExitCode}}", "pod-infra").text == "137")
                #expect(try hako("pod", "restart", "-t", "0", "pod").status == 0)
                #expect(try state(hako) == "Running")
                #expect(try hako("pod", "stop", "-t", "0", "pod").status == 0)
                #expect(try hako("pod", "prune").status == 0)
                #expect(try hako("ps", "-aq").text.isEmpty)
            }
        }

        @Test(.fastMachine) func processesAreSharedWhereAskedFor() throws {
            try withHako { hako in
                #expect(try hako("pod", "create", "--share", "pid", "--hostname", "h", "pod").status == 0)
                try member(hako, "a", "exec sleep 1234")
                let words = ["run", "--rm", "--pod", "pod", "--rootfs", hako.rootfs, "sh", "-c", "ps -o args; hostname"]
                let seen = try hako.spawn(hako.hakoWords(words)).finish(within: 20)
                #expect(seen.lines.contains("sleep 1234") && seen.lines.contains("/pause hold"), "\(seen)")
                #expect(seen.lines.last != "h")
            }
        }

        @Test(.fastMachine) func listsAndFilters() throws {
            try withHako { hako in
                #expect(try hako("pod", "create", "--label", "tier=front", "one").status == 0)
                let words = ["create", "--name", "m", "--pod", "new:two", "--rootfs", hako.rootfs, "sh", "-c", "echo said"]
                #expect(try hako.spawn(hako.hakoWords(words)).finish(within: 20).status == 0)
                #expect(try hako("pod", "ps", "-f", "label=tier=front", "--format", "{{.Name}}").text == "one")
                #expect(try hako("pod", "ps", "-f", "ctr-names=m", "--format", "{{.Name}}").text == "two")
                #expect(try hako("pod", "ps", "-f", "status=created", "-q").lines.count == 2)
                #expect(try hako("ps", "-a", "-f", "pod=two", "--format", "{{.Names}}").lines.sorted() == ["m", "two-infra"])
                #expect(try hako("pod", "inspect", "-f", "{{.NumContainers}}", "two").text == "2")
                #expect(try hako("pod", "ps", "--format", "json").text.contains("\"InfraId\""))
                #expect(try hako("pod", "start", "two").status == 0)
                #expect(try eventually { try hako("pod", "logs", "two").text == "said" })
                let taken = try hako("pod", "create", "one")
                #expect(taken.status == 125 && taken.err.contains("taken by a pod"), "\(taken)")
                #expect(try hako("pod", "create", "--replace", "one").status == 0)
                #expect(try hako("pod", "rm", "-f", "one", "two", "three").status == 0)
            }
        }

        @Test(
            .fastMachine,
            arguments: [
                (["pod", "create", "-p", "80:80"], "needs a network"),
                (["pod", "create", "--share", "dreams"], "net, ipc, uts or pid"),
                (["pod", "start", "nobody"], "no such pod"), (["pod", "create", "--replace"], "needs a name"),
                (["pod", "ps", "-f", "colour=red"], "KEY=VALUE"), (["pod", "stop"], "name a pod"),
                (["create", "--pod", "nobody", "--rootfs", "/", "true"], "no such pod"),
            ])
        func whatCannotBeIsRefused(_ words: [String], _ text: String) throws {
            try withHako { hako in
                let outcome = try hako.spawn(hako.hakoWords(words)).finish(within: 10)
                #expect(outcome.status == 125 && outcome.err.contains(text), "\(words): \(outcome)")
                #expect(outcome.err.split(separator: "\n").count == 1, "\(outcome)")
            }
        }
    }
}
