import Testing

@testable import Linux

@Suite struct SignalTests {
    @Test(arguments: [
        ("9", Int32(9)), ("KILL", 9), ("sigterm", 15), ("SIGRTMIN", 34), ("RTMIN+3", 37), ("SIGRTMAX-1", 63), ("64", 64),
        ("WINCH", 28),
    ])
    func areNamed(_ text: String, _ number: Int32) { #expect(Signals.number(of: text) == number) }

    @Test(arguments: ["0", "65", "-1", "", "SIG", "NOPE", "RTMIN+31", "RTMAX-x", "9x"])
    func orAreNone(_ text: String) { #expect(Signals.number(of: text) == nil) }
}

@Suite struct ProcessTests {
    @Test func aProcessIsKnownByItsStart() throws {
        let start = try Processes.startTime(of: Processes.id)
        #expect(Processes.isAlive(Processes.id, startTime: start))
        #expect(!Processes.isAlive(Processes.id, startTime: start + 1))
    }

    @Test func spawnedProgramsGetOnlyWhatIsNamed() throws {
        let ends = try Pipes.make()
        let (input, output) = (SharedDescriptor(owning: ends.read), SharedDescriptor(owning: ends.write))
        let null = try File.open("/dev/null", .readWrite)
        let child = try Spawn(
            path: "/bin/sh", arguments: ["sh", "-c", "echo $(ls /proc/$$/fd) >&5; exit 3"],
            descriptors: [0: null.raw, 2: null.raw, 5: output.raw]
        ).start()
        #expect(try Processes.wait(for: child) == 3)
        let seen = String(decoding: try input.descriptor.read(upTo: 100), as: UTF8.self)
        // The shell itself holds 1 while it redirects, and 3 for a moment: the other end of its pipe. Nothing of this process's is there.
        #expect(Set(seen.split { $0 == " " || $0 == "\n" }).subtracting(["1", "3", "10"]) == ["0", "2", "5"], "\(seen)")
    }

    @Test func whatCannotBeExecutedIsAnError() {
        let error = #expect(throws: SystemError.self) { try Spawn(path: "/no/such/program", arguments: ["x"]).start() }
        #expect(error?.errno == .noSuchFileOrDirectory)
    }
}
