import Testing

@testable import Engine

@Suite struct UnitFileTests {
    @Test func filesAreRead() throws {
        let file = try UnitFile(
            "# c\n[Unit]\nDescription=A b \n\n[Container]\nExec=a \\\n; between\n  b\nLabel=x\nLabel=\nLabel=y\n")
        #expect(file.entries("Unit").map(\.value) == ["A b"])
        #expect(file.entries("Container").map { "\($0.key)=\($0.value)" } == ["Exec=a  b", "Label=y"])
    }

    @Test(arguments: ["x", "A=b", "[Unit]\nnothing"]) func filesThatAreNone(_ text: String) {
        #expect(throws: EngineError.self) { try UnitFile(text) }
    }

    @Test func words() throws {
        #expect(try UnitFile.words(#"a "b c"  'd "e' f\ g "" h"i j"k"#) == ["a", "b c", "d \"e", "f g", "", "hi jk"])
        #expect(throws: EngineError.self) { try UnitFile.words("a \"b") }
    }

    @Test func containersBecomeServices() throws {
        let text = """
            [Unit]
            After=network.target
            [Container]
            Image=docker.io/library/redis:7
            Exec=redis-server --save "60 1" 100% $x
            Environment=A=1 "B=two words"
            Volume=data:/data:ro
            ReadOnly=yes
            NoNewPrivileges=false
            User=5
            Group=6
            PodmanArgs=--pids-limit 9
            [Service]
            Restart=always
            [Install]
            WantedBy=multi-user.target default.target
            """
        let unit = try ContainerUnit(name: "cache", text: text, hako: ["/usr/bin/hako"])
        let service = try unit.service()
        let start = try #require(service.split(separator: "\n").first { $0.hasPrefix("ExecStart=") })
        #expect(
            start
                == "ExecStart=/usr/bin/hako run --name systemd-cache --replace --rm --log-driver passthrough --env A=1 --env "
                + #""B=two words" --volume data:/data:ro --read-only --user 5:6 --pids-limit 9 docker.io/library/redis:7 "#
                + #"redis-server --save "60 1" "100%%" "$$x""#)
        #expect(service.contains("[X-Container]") && service.contains("Restart=always") && service.contains("Type=exec"))
        #expect(unit.wantedBy == ["multi-user.target", "default.target"])
    }

    @Test(arguments: [
        ("[Unit]\nA=b", "no [Container]"), ("[Container]\nExec=a", "Image or a Rootfs"),
        ("[Container]\nImage=a\nNotify=true", "Notify"),
        ("[Container]\nImage=a\nReadOnly=maybe", "true or false"),
    ])
    func wrongContainers(_ text: String, _ why: String) {
        #expect {
            _ = try ContainerUnit(name: "x", text: text, hako: ["hako"]).service()
        } throws: {
            ($0 as? EngineError)?.message.contains(why) == true
        }
    }
}
