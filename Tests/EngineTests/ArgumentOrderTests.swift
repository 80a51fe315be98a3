import Testing

@testable import Engine

@Suite struct ArgumentOrderTests {
    @Test(arguments: [
        (["ps", "-a"], ["ps", "-a"]),
        (["--root", "/r", "ps"], ["ps", "--root=/r"]),
        (["--root=/r", "--state", "/s", "system", "check"], ["system", "check", "--root=/r", "--state=/s"]),
        (["run", "-it", "host", "ls", "-la"], ["run", "--interactive", "--tty", "--", "host", "ls", "-la"]),
        (["run", "--rm=true", "--init=false", "host"], ["run", "--rm", "--", "host"]),
        (
            ["run", "-eA=B", "-e", "C=D", "-ite=E=F", "host"],
            ["run", "--env=A=B", "--env=C=D", "--interactive", "--tty", "--env=E=F", "--", "host"]
        ),
        (["run", "--memory-swap", "-1", "-m", "1g", "host"], ["run", "--memory-swap=-1", "--memory=1g", "--", "host"]),
        (["run", "--explain", "host", "x", "--explain"], ["run", "--explain=-", "--", "host", "x", "--explain"]),
        (
            ["run", "--explain=t.json", "--sig-proxy=false", "host"],
            ["run", "--explain=t.json", "--sig-proxy=false", "--", "host"]
        ),
        (
            ["run", "--net=host", "--tz", "local", "--", "host", "--x"],
            ["run", "--network=host", "--timezone=local", "--", "host", "--x"]
        ),
        (["create", "--entrypoint", "", "host"], ["create", "--entrypoint=", "--", "host"]),
    ])
    func arranges(words: [String], expected: [String]) throws { #expect(try ArgumentOrder.arrange(words) == expected) }

    @Test(arguments: [
        ["--root"], ["run", "--bogus", "host"], ["run", "-z", "host"], ["run", "--name"], ["run", "--rm=maybe", "host"],
        ["run", "-e"],
    ])
    func refuses(words: [String]) { #expect(throws: EngineError.self) { try ArgumentOrder.arrange(words) } }
}
