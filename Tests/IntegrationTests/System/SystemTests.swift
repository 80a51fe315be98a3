import Foundation
import Testing

extension IntegrationTests {
    /// What hako says of itself, and of what containers do and use.
    @Suite struct SystemTests {
        @Test(arguments: Identity.allCases)
        func useOfTheDisk(_ who: Identity) throws {
            try withHako(who) { hako in
                let empty = try hako("system", "df")
                #expect(
                    empty.lines.first?.split(separator: " ") == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"], "\(empty)")
                #expect(empty.lines.dropFirst().map { String($0.prefix(6)) } == ["Images", "Contai", "Local "], "\(empty)")
                #expect(try hako("load", "-i", "\(Machine.images)/busybox").status == 0)
                let id = try hako("images", "-q").text
                let write = "head -c 3000000 /dev/urandom > /v/file; head -c 2000000 /dev/urandom > /own"
                let words = ["run", "--name", "c1", "--network", "none", "-v", "v:/v", id, "sh", "-c", write]
                #expect(try hako.spawn(hako.hakoWords(words)).finish().status == 0)
                let forms = try hako(
                    "system", "df", "--format", "{{.Type}} {{.Total}} {{.Active}} {{.RawSize}} {{.RawReclaimable}}")
                let rows = forms.lines.map { $0.split(separator: " ").compactMap { Int($0) } }
                #expect(rows.count == 3 && rows.allSatisfy { $0.count == 4 }, "\(forms)")
                #expect(rows[0][0] == 1 && rows[0][1] == 1 && rows[0][2] > 1_000_000 && rows[0][3] == 0, "\(forms)")
                #expect(rows[1][0] == 1 && rows[1][1] == 0 && rows[1][2] > 2_000_000 && rows[1][2] == rows[1][3], "\(forms)")
                #expect(rows[2][0] == 1 && rows[2][1] == 1 && rows[2][2] > 3_000_000 && rows[2][3] == 0, "\(forms)")
                let long = try hako("system", "df", "-v")
                #expect(long.out.contains("Containers space usage:") && long.out.contains("c1"), "\(long)")
                #expect(try hako("system", "df", "-v", "--format", "json").out.contains("\"SharedSize\""))
                let both = try hako("system", "df", "-v", "--format", "{{.Type}}")
                #expect(both.status == 125 && both.oneErrorLine, "\(both)")
            }
        }

        @Test(arguments: Identity.allCases)
        func whatItIs(_ who: Identity) throws {
            try withHako(who) { hako in
                let text = try hako("info")
                #expect(text.out.contains("Root: \(hako.dataRoot)") && text.out.contains("Rootless: \(who == .user)"), "\(text)")
                let kernel = try host("uname", "-r").text
                #expect(try hako("system", "info", "-f", "{{.Host.Kernel}} {{.Containers.Total}}").text == "\(kernel) 0")
                let json = try hako("info", "--format", "json")
                let facts = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
                #expect(facts?["Cgroups"] != nil && facts?["Security"] != nil, "\(json)")
                let wrong = try hako("info", "--format", "{{.Nothing}}")
                #expect(wrong.status == 125 && wrong.oneErrorLine, "\(wrong)")
            }
        }

        private func withLoop(_ who: Identity, _ body: (Hako) throws -> Void) throws {
            try withHako(who) { hako in
                let loop = "while :; do :; done & sleep 1000"
                #expect(try hako.run("-d", "--name", "c1", "--", "sh", "-c", loop).status == 0)
                #expect(try hako.run("-d", "--name", "c2", "--", "true").status == 0)
                #expect(try eventually { try hako("ps", "-q").lines.count == 1 })
                try body(hako)
            }
        }

        @Test(arguments: Identity.allCases)
        func processesOfAContainer(_ who: Identity) throws {
            try withLoop(who) { hako in
                let plain = try hako("top", "c1")
                let head = plain.lines.first?.split(separator: " ").map(String.init)
                #expect(head == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], "\(plain)")
                #expect(plain.lines.count == 3 && plain.out.contains("sleep 1000"), "\(plain)")
                let chosen = try hako("top", "c1", "-o", "pid,ppid,stat,args")
                let pids = chosen.lines.dropFirst().map { $0.split(separator: " ")[0] }
                #expect(pids.count == 2 && pids.allSatisfy { Machine.exists("/proc/\($0)") }, "\(chosen)")
                let names = try hako("top", "c1", "pid", "user", "comm")
                #expect(names.lines.first?.split(separator: " ") == ["PID", "USER", "COMMAND"], "\(names)")
                #expect(try hako("top", "c1", "aux").lines.first?.hasPrefix("USER") == true)
                for (words, why) in [
                    (["top", "c2"], "not running"), (["top", "c3"], "no such container"),
                    (["top", "c1", "-o", "nope"], "no column"),
                    (["top", "c1", "-o"], "list"), (["top", "c1", "--forest"], "not known"), (["top"], "missing"),
                ] {
                    let result = try hako.spawn(hako.hakoWords(words)).finish()
                    #expect(result.status != 0 && result.oneErrorLine && result.err.contains(why), "\(words): \(result)")
                }
            }
        }

        @Test(.fastMachine, arguments: Identity.allCases)
        func whatContainersUse(_ who: Identity) throws {
            try withLoop(who) { hako in
                let table = try hako("stats", "--no-stream")
                #expect(
                    table.lines.count == 2 && table.lines[0].hasPrefix("CONTAINER ID") && table.out.contains("c1"), "\(table)")
                let form = try hako("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}} {{.MemBytes}}", "c1")
                let fields = form.text.split(separator: " ").map(String.init)
                #expect(fields.count == 4 && fields[0] == "c1", "\(form)")
                let share = Double(fields[1].dropLast()) ?? 0
                #expect(share > 5 && share < 150 && Int(fields[2]) ?? 0 >= 2 && Int(fields[3]) ?? 0 > 100_000, "\(form)")
                #expect(try hako("stats", "--no-stream", "--all", "--format", "{{.Name}}").lines.sorted() == ["c1", "c2"])
                #expect(try hako("stats", "--no-stream", "c2").out.contains("--"))
                let json = try hako("stats", "--no-stream", "--format", "json")
                #expect((try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [[String: Any]])?.count == 1, "\(json)")
                let live = try hako.terminal(["stats", "c1"])
                #expect(live.expect("·") && live.expect("c1"), "\(live.text)")
                live.type("\u{3}")
                #expect(try live.finish().status == 130)
                let wrong = try hako("stats", "--no-stream", "c3")
                #expect(wrong.status == 125 && wrong.oneErrorLine && wrong.err.contains("no such container"), "\(wrong)")
                #expect(try hako("stats", "--interval", "0").err.contains("--interval"))
            }
        }
    }
}
