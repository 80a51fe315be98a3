import JSON
import Testing

@testable import Engine

@Suite struct ProcessTests {
    private static let stat =
        "42 (a ) (b) S 7 42 42 34817 42 4194560 1 0 0 0 250 50 0 0 20 5 3 0 6000 2318336 341 18446744073709551615 1 1 0 0 0"
    private static let status = "Name:\ta\nUid:\t1000\t0\t0\t0\nGid:\t1000\t5\t5\t5\n"

    private func process() throws -> ProcessFacts {
        try #require(ProcessFacts(pid: 42, stat: Self.stat, status: Self.status, arguments: ["sh", "-c", "x y"]))
    }

    @Test func filesOfProc() throws {
        let process = try process()
        #expect(process.name == "a ) (b" && process.state == "S" && process.parent == 7 && process.session == 42)
        #expect(process.ticks == 300 && process.start == 6000 && process.residentSize == 341 * 4096 && process.nice == 5)
        #expect(process.realUser == 1000 && process.user == 0 && process.effectiveGroup == 5 && process.threads == 3)
        for text in ["", "42", "42 (a", "42 (a) S 1"] {
            #expect(ProcessFacts(pid: 1, stat: text, status: "", arguments: []) == nil)
        }
    }

    @Test func columns() throws {
        var clock = ProcessClock(now: 1_000_000, boot: 999_000, memory: 341 * 40960)
        clock.users = [0: "root", 1000: "me"]
        let names = "pid,ppid,uid,user,ruser,pcpu,pmem,vsz,rss,tty,stat,time,etime,comm,args"
        let cells = try ProcessColumn.choose(["-o", names]).map { $0.text(try process(), clock) }
        #expect(
            cells == [
                "42", "7", "0", "root", "me", "0.3", "10.0", "2264", "1364", "pts/1", "SNsl", "00:00:03", "15:40", "a ) (b",
                "sh -c x y",
            ])
    }

    @Test(arguments: [
        ([], "UID PID PPID C STIME TTY TIME CMD"), (["-ef"], "UID PID PPID C STIME TTY TIME CMD"),
        (["aux"], "USER PID %CPU %MEM VSZ RSS TT STAT START TIME COMMAND"), (["-eo", "pid,cmd"], "PID CMD"),
        (["-opid,args"], "PID COMMAND"), (["pid", "user"], "PID USER"), (["o", "pid=Number"], "Number"),
    ])
    func titles(_ words: [String], _ titles: String) throws {
        #expect(try ProcessColumn.choose(words).map(\.title).joined(separator: " ") == titles)
    }

    @Test(arguments: [["-o"], ["-z"], ["nope"], ["-o", "pid,nope"]])
    func badColumns(_ words: [String]) { #expect(throws: EngineError.self) { try ProcessColumn.choose(words) } }

    @Test func samples() throws {
        let statistics: JSONValue = [
            "cpu": ["usage": ["total": 3_000_000_000]],
            "memory": ["usage": ["usage": 5000, "limit": 20000], "raw": ["inactive_file": 1000]], "pids": ["current": 4],
            "blkio": [
                "ioServiceBytesRecursive": [
                    ["op": "Read", "value": 10], ["op": "Write", "value": 20], ["op": "Sync", "value": 9],
                ]
            ],
        ]
        var sample = ContainerSample(time: 2_000_000_000, statistics: statistics)
        #expect(sample.memory == 4000 && sample.memoryShare == 2000 && sample.processes == 4)
        #expect(sample.read == 10 && sample.written == 20)
        sample.addNetwork("head\n  lo: 9 9 9 9 9 9 9 9 9 9\neth0: 100 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0\n")
        #expect(sample.received == 100 && sample.sent == 200)
        var earlier = ContainerSample(time: 1_000_000_000)
        earlier.processor = 2_500_000_000
        #expect(sample.processorShare(since: earlier) == 5000)
        #expect(earlier.processorShare(since: sample) == 0)
    }
}
