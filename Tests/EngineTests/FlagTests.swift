import OCI
import Testing

@testable import Engine

@Suite struct FlagTests {
    @Test func volumes() throws {
        let plain = try VolumeFlag.parse("/a:/b", directory: "/w")
        #expect(plain.source == "/a" && plain.destination == "/b" && !plain.readOnly && plain.recursive && plain.mapsIDs)
        let options = try VolumeFlag.parse("./a:/b//c/.:rro,U,Z,rslave,noexec,noidmap", directory: "/w")
        #expect(options.source == "/w/./a" && options.destination == "/b/c")
        #expect(options.readOnly && options.recursivelyReadOnly && options.changesOwner && options.relabel == .private)
        #expect(options.propagation == "rslave" && options.options == ["noexec"] && !options.mapsIDs)
    }

    @Test func namedAndAnonymousVolumes() throws {
        let named = try VolumeFlag.parse("data:/b:ro,nocopy", directory: "/w")
        #expect(named.kind == .volume && named.source == "data" && named.readOnly && !named.copiesContent && !named.isAnonymous)
        let anonymous = try VolumeFlag.parse("/b/", directory: "/w")
        #expect(anonymous.kind == .volume && anonymous.source == nil && anonymous.destination == "/b" && anonymous.isAnonymous)
        let mount = try MountFlag.parse("src=data,dst=/b,volume-nocopy,volume-opt=type=tmpfs,volume-label=a=b", directory: "/w")
        #expect(mount.kind == .volume && mount.source == "data" && !mount.copiesContent)
        #expect(mount.volumeOptions == ["type": "tmpfs"] && mount.volumeLabels == ["a": "b"])
        #expect(try MountFlag.parse("type=volume,target=/b", directory: "/w").isAnonymous)
        #expect(try VolumesFromFlag("c1:ro").readOnly == true)
        for text in ["", ":ro", "c1:no"] { #expect(throws: EngineError.self) { try VolumesFromFlag(text) } }
    }

    @Test func optionsOfTheLocalDriver() throws {
        #expect(try VolumeOptions([:]) == .directory)
        #expect(try VolumeOptions(["type": "tmpfs", "o": "size=1m,uid=5"]) == .tmpfs(["size=1m", "uid=5"]))
        #expect(try VolumeOptions(["type": "none", "o": "bind,ro", "device": "/a"]) == .bind("/a", ["bind", "ro"]))
        for options in [
            ["type": "nfs"], ["type": "none"], ["o": "bind"], ["o": "bind", "device": "a"], ["type": "ext4", "device": "/dev/x"],
            ["size": "1"], ["type": "tmpfs", "o": "wat"], ["o": "bind,wat", "device": "/a"],
        ] {
            #expect(throws: EngineError.self, "\(options)") { try VolumeOptions(options) }
        }
    }

    @Test(arguments: ["a b:/b", "-a:/b", "/a:b", "/a:/", "/a:/b/../c", "/a:/b:nope", "/a:/b:ro:x", ":/b", "", "/a:", "/a\0b:/c"])
    func badVolumes(text: String) { #expect(throws: EngineError.self) { try VolumeFlag.parse(text, directory: "/w") } }

    @Test func mounts() throws {
        let bind = try MountFlag.parse("type=bind,source=/a,target=/b,readonly,bind-propagation=shared", directory: "/w")
        #expect(
            bind.kind == .bind && bind.source == "/a" && bind.destination == "/b" && bind.readOnly && bind.propagation == "shared"
        )
        let podman = try MountFlag.parse(
            "type=bind,src=a,dst=/b,ro=false,U=true,relabel=shared,bind-nonrecursive=true", directory: "/w")
        #expect(
            podman.source == "/w/a" && !podman.readOnly && podman.changesOwner && podman.relabel == .shared && !podman.recursive)
        let tmpfs = try MountFlag.parse("type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770", directory: "/w")
        #expect(tmpfs.kind == .tmpfs && tmpfs.options == ["size=1048576", "mode=1770"])
        #expect(try MountFlag.parse(#"type=bind,"source=/a,b",target=/c"#, directory: "/w").source == "/a,b")
        #expect(try MountFlag.parse("type=bind,source=/a,target=/b,bind-recursive=readonly", directory: "/w").recursivelyReadOnly)
    }

    @Test(arguments: [
        "", "type=bind", "type=bind,source=/a", "type=bind,target=/b", "type=volume,source=a/b,target=/b", "type=image,target=/b",
        "type=volume,source=a,target=/b,volume-driver=cloud", "type=volume,source=a,target=/b,volume-subpath=x",
        "type=bind,source=/a,target=b", "type=bind,source=/a,target=/b,wat", "type=bind,source=/a,target=/b,readonly=maybe",
        "type=tmpfs,target=/b,tmpfs-size=x", "type=tmpfs,target=/b,tmpfs-mode=9", "type=bind,\"source=/a,target=/b",
        "type=bind,source=/a,target=/b,bind-propagation=x", "type=tmpfs,target=/b,bind-propagation=shared",
    ])
    func badMounts(text: String) { #expect(throws: EngineError.self) { try MountFlag.parse(text, directory: "/w") } }

    @Test func tmpfs() throws {
        #expect(try TmpfsFlag.parse("/t").options == TmpfsFlag.defaults)
        let mount = try TmpfsFlag.parse("/t:rw,exec,size=64m,mode=700,uid=5")
        #expect(mount.options == ["nosuid", "nodev", "exec", "size=67108864", "mode=700", "uid=5"])
        #expect(try TmpfsFlag.parse("/t:size=50%").options.last == "size=50%")
    }

    @Test(arguments: ["", "t", "/", "/t:size=x", "/t:size=101%", "/t:mode=8", "/t:what", "/t:uid=a"])
    func badTmpfs(text: String) { #expect(throws: EngineError.self) { try TmpfsFlag.parse(text) } }

    @Test(arguments: [
        ("/dev/fuse", "/dev/fuse", "/dev/fuse", "rwm"), ("/dev/sda:/dev/xvda", "/dev/sda", "/dev/xvda", "rwm"),
        ("/dev/sda:r", "/dev/sda", "/dev/sda", "r"), ("/dev/sda:/dev/xvda:rw", "/dev/sda", "/dev/xvda", "rw"),
    ])
    func devices(text: String, source: String, destination: String, access: String) throws {
        #expect(try DeviceRequest.parse(text) == DeviceRequest(source: source, destination: destination, access: access))
    }

    @Test(arguments: [
        "", "fuse", "/dev/fuse:x", "/dev/fuse:/dev/a:x", "/dev/a:/dev/b:r:w", "/dev/a:/dev/b:rr", "/dev/a:/dev/../b",
    ])
    func badDevices(text: String) { #expect(throws: EngineError.self) { try DeviceRequest.parse(text) } }

    @Test func deviceRates() throws {
        #expect(try DeviceRate.parse("/dev/sda:1m", flag: "-", unit: .bytes).rate == 1 << 20)
        #expect(try DeviceRate.parse("/dev/a:b:100", flag: "-", unit: .operations) == DeviceRate(path: "/dev/a:b", rate: 100))
        for (text, unit) in [
            ("/dev/sda", .bytes), ("sda:1m", .bytes), ("/dev/sda:x", .bytes), ("/dev/sda:1m", .operations),
            ("/dev/sda:9", .weight),
        ]
            as [(String, DeviceRate.Unit)]
        {
            #expect(throws: EngineError.self) { try DeviceRate.parse(text, flag: "-", unit: unit) }
        }
    }

    @Test func deviceRules() throws {
        #expect(try DeviceRuleFlag.parse("c 10:* rw") == DeviceRuleFlag(type: "c", major: 10, minor: nil, access: "rw"))
        for text in ["", "c 10:200", "d 1:2 r", "c 1 r", "c 1:x r", "c 1:2 x"] {
            #expect(throws: EngineError.self) { try DeviceRuleFlag.parse(text) }
        }
    }

    @Test func ulimits() throws {
        #expect(try UlimitFlag.parse("nofile=10:20") == Rlimit(type: "RLIMIT_NOFILE", soft: 10, hard: 20))
        #expect(try UlimitFlag.parse("core=-1") == Rlimit(type: "RLIMIT_CORE", soft: .max, hard: .max))
        for text in ["", "nofile", "what=1", "nofile=20:10", "nofile=a", "nofile=1:2:3", "nofile=-2"] {
            #expect(throws: EngineError.self) { try UlimitFlag.parse(text) }
        }
    }

    @Test func capabilities() throws {
        #expect(try CapabilityFlag.parse("net_raw", flag: "-") == ["CAP_NET_RAW"])
        #expect(try CapabilityFlag.parse("CAP_SYS_ADMIN,kill", flag: "-") == ["CAP_SYS_ADMIN", "CAP_KILL"])
        #expect(try CapabilityFlag.parse("all", flag: "-") == ["ALL"])
        for text in ["", "what", "CAP_", "kill,"] {
            #expect(throws: EngineError.self) { try CapabilityFlag.parse(text, flag: "-") }
        }
    }

    @Test func capabilitiesTogether() {
        func set(_ added: [String], _ dropped: [String], privileged: Bool = false) -> [String] {
            CapabilityFlag.resolve(defaults: ["CAP_CHOWN", "CAP_KILL"], added: added, dropped: dropped, privileged: privileged)
        }
        #expect(set([], []) == ["CAP_CHOWN", "CAP_KILL"])
        #expect(set(["CAP_SYS_TIME"], ["CAP_CHOWN"]) == ["CAP_KILL", "CAP_SYS_TIME"])
        #expect(set([], ["ALL"]) == [])
        #expect(set(["CAP_KILL"], ["ALL"]) == ["CAP_KILL"])
        #expect(set(["ALL"], ["CAP_KILL"]) == CapabilityFlag.all.filter { $0 != "CAP_KILL" })
        #expect(set([], [], privileged: true) == CapabilityFlag.all)
    }

    @Test func users() throws {
        #expect(try UserRequest.parse("1000") == UserRequest(user: .id(1000)))
        #expect(try UserRequest.parse("bob:video") == UserRequest(user: .name("bob"), group: .name("video")))
        #expect(try UserRequest.parse("0:5") == UserRequest(user: .id(0), group: .id(5)))
        for text in ["", ":", "a:", ":5", "4294967295", "99999999999", "a:b:c", "007", "-1", "a b", "a/b"] {
            #expect(throws: EngineError.self) { try UserRequest.parse(text) }
        }
    }

    @Test func environment() throws {
        let host = { (name: String) -> String? in name == "HERE" ? "yes" : nil }
        #expect(try EnvironmentFlag.parse("A=b=c", host: host) == "A=b=c")
        #expect(try EnvironmentFlag.parse("HERE", host: host) == "HERE=yes")
        #expect(try EnvironmentFlag.parse("GONE", host: host) == nil)
        #expect(throws: EngineError.self) { try EnvironmentFlag.parse("=x", host: host) }
        #expect(throws: EngineError.self) { try EnvironmentFlag.parse("", host: host) }
        let file = "\u{FEFF}# remark\n\nA=1 # kept\n  B=\r\nHERE\nGONE\n"
        #expect(try EnvironmentFlag.parseFile(file, path: "f", host: host) == ["A=1 # kept", "B=", "HERE=yes"])
        #expect(throws: EngineError.self) { try EnvironmentFlag.parseFile("A B=1", path: "f", host: host) }
        #expect(EnvironmentFlag.merge(["A=1", "B=2"], ["C=3", "A=4", "C=5"]) == ["A=4", "B=2", "C=5"])
    }

    @Test func namespaces() throws {
        #expect(try NamespaceMode.parse("host", flag: "--pid") == .host)
        #expect(try NamespaceMode.parse("ns:/proc/1/ns/pid", flag: "--pid") == .path("/proc/1/ns/pid"))
        #expect(try NetworkFlag.parse(["container:a"]) == .namespace(.container("a")))
        #expect(throws: EngineError.self) { try NamespaceMode.parse("container:a", flag: "--cgroupns") }
        #expect(try UserNamespaceMode.parse("container:a") == .container("a"))
        for text in ["x", "ns:", "ns:a", "container:"] {
            #expect(throws: EngineError.self) { try NamespaceMode.parse(text, flag: "--pid") }
        }
        for text in ["ns:", "ns:a", "container:"] { #expect(throws: EngineError.self) { try NetworkFlag.parse([text]) } }
        #expect(try UserNamespaceMode.parse("auto:size=10") == .own(size: 10))
        for text in ["x", "auto:", "auto:size=0", "auto:size=x", "auto:what=1"] {
            #expect(throws: EngineError.self) { try UserNamespaceMode.parse(text) }
        }
        #expect(try UserNamespaceMode.parseMap("0:1000:5", flag: "-") == IDMapping(containerID: 0, hostID: 1000, size: 5))
        for text in ["", "0", "0:1:0", "a:b:c", "0:4294967290:100", "1:2:3:4"] {
            #expect(throws: EngineError.self) { try UserNamespaceMode.parseMap(text, flag: "-") }
        }
        #expect(throws: EngineError.self) {
            try UserNamespaceMode.check(
                [.init(containerID: 0, hostID: 10, size: 5), .init(containerID: 4, hostID: 100, size: 1)], flag: "-")
        }
        #expect(
            try TimeRequest.parse("monotonic=1.5,boottime=-2").offsets == [
                "monotonic": 1_500_000_000, "boottime": -2_000_000_000,
            ])
        for text in ["", "x", "monotonic", "monotonic=x", "realtime=1"] {
            #expect(throws: EngineError.self) { try TimeRequest.parse(text) }
        }
    }

    @Test func security() throws {
        var request = SecurityRequest()
        for text in ["seccomp=p.json", "no-new-privileges", "apparmor=x", "label=type:t", "mask=/a:/b", "unmask=ALL"] {
            try request.apply(text, directory: "/w")
        }
        #expect(request.seccomp == .file("/w/p.json") && request.noNewPrivileges && request.apparmor == "x")
        #expect(request.label == ["type": "t"] && request.masked == ["/a", "/b"] && request.unmasked == ["ALL"])
        for text in [
            "", "x", "seccomp", "seccomp=", "no-new-privileges=maybe", "label=x", "label=type:", "mask=a", "systempaths=x",
        ] {
            #expect(throws: EngineError.self) {
                var request = SecurityRequest(); try request.apply(text, directory: "/w")
            }
        }
    }

    @Test func roots() throws {
        let kind = { (path: String) -> Bool? in ["/d": true, "/w/r": true, "/f.tar": false][path] }
        func parse(_ text: String, _ rootfs: Bool = true) throws -> RootSource {
            try RootSource.parse(text, isRootfs: rootfs, directory: "/w", isDirectory: kind)
        }
        #expect(try parse("host", false) == .host)
        #expect(try parse("/d") == .directory("/d"))
        #expect(try parse("r:O") == .overlaid("/w/r"))
        #expect(try parse("/f.tar") == .archive("/f.tar"))
        #expect(try parse("alpine", false) == .image("alpine"))
        #expect(throws: EngineError.self) { try parse("", false) }
        for text in ["", "/none", "/f.tar:O", "/none:O"] { #expect(throws: EngineError.self) { try parse(text) } }
    }
}

@Suite struct SecretFlagTests {
    @Test func forms() throws {
        let plain = try SecretFlag("key")
        #expect(plain.secret == "key" && !plain.isVariable && plain.target == nil && plain.mode == 0o444 && plain.uid == 0)
        let full = try SecretFlag("key,type=mount,target=/a/b,uid=5,gid=6,mode=0400")
        #expect(full.target == "/a/b" && full.uid == 5 && full.gid == 6 && full.mode == 0o400)
        #expect(try SecretFlag("source=key,type=env,target=KEY").isVariable)
    }

    @Test(arguments: [
        "", "type=env", "key,type=x", "key,mode=8", "key,uid=-1", "key,target=", "key,target=a/b", "key,target=/a/..",
    ])
    func bad(_ text: String) { #expect(throws: EngineError.self) { try SecretFlag(text) } }
}
