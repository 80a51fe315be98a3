import JSON
import Testing

@testable import OCI

@Suite struct SpecTests {
    @Test func aWholeConfigurationSurvives() throws {
        let text = """
            {"ociVersion":"1.2.0","process":{"terminal":true,"consoleSize":{"height":24,"width":80},"user":{"uid":1,"gid":2,\
            "additionalGids":[5,6]},"args":["sh"],"cwd":"/","rlimits":[{"type":"RLIMIT_NOFILE","soft":1,\
            "hard":18446744073709551615}],"commandLine":"x"},"root":{"path":"rootfs","readonly":true},"mounts":[\
            {"destination":"/proc","type":"proc","source":"proc","options":["nosuid"],"extra":1}],"hooks":{"poststop":[\
            {"path":"/bin/true","timeout":3}]},"linux":{"namespaces":[{"type":"pid"},{"type":"network",\
            "path":"/run/netns/x"}],"resources":{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":-1},\
            "unified":{"memory.high":"1"}},"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a"],\
            "action":"SCMP_ACT_ERRNO","args":[{"index":0,"value":18446744073709551615,"op":"SCMP_CMP_EQ"}]}]},\
            "sysctl":{"net.a":"1"}},"windows":{"x":null}}
            """
        let read = try Spec(parsing: Array(text.utf8))
        #expect(try Spec(json: read.json) == read)
        #expect(try JSONValue(parsing: Array(text.utf8)).sorted == read.json.sorted)
    }

    static let wrong: [(String, String)] = [
        ("{}", "ociVersion is missing"), (#"{"ociVersion":"1.0.0","process":{}}"#, "process.cwd is missing"),
        (
            #"{"ociVersion":"1.0.0","linux":{"namespaces":[{"type":"pid"},{"type":"wrong"}]}}"#,
            "linux.namespaces[1].type is \"wrong\"; it is one of pid, network, mount, ipc, uts, user, cgroup, time"
        ),
        (
            #"{"ociVersion":"1.0.0","linux":{"uidMappings":[{"containerID":0,"hostID":-1,"size":1}]}}"#,
            "linux.uidMappings[0].hostID is -1, which is not a whole number from 0 to 4294967295"
        ),
        (#"{"ociVersion":"1.0.0","mounts":{}}"#, "mounts is an object, not a list"),
        (#"{"ociVersion":1}"#, "ociVersion is a number, not a string"),
    ]

    @Test(arguments: wrong)
    func namesWhatIsWrong(_ text: String, _ message: String) {
        let error = #expect(throws: JSONError.self) { try Spec(parsing: Array(text.utf8)) }
        #expect(error?.description == message)
    }

    @Test func stateIsAsTheSpecificationHasIt() {
        let state = ContainerState(id: "c", status: .running, pid: 7, bundle: "/b", annotations: ["a": "b"])
        #expect(
            state.json.text()
                == #"{"ociVersion":"1.3.0","id":"c","status":"running","pid":7,"bundle":"/b","annotations":{"a":"b"}}"#)
    }

    @Test func idsAreLookedUpInMaps() {
        let maps = [IDMapping(containerID: 0, hostID: 1000, size: 1), IDMapping(containerID: 1, hostID: 100_000, size: 10)]
        #expect(IDMapping.host(0, in: maps) == 1000 && IDMapping.host(10, in: maps) == 100_009)
        #expect(IDMapping.host(11, in: maps) == nil && IDMapping.host(.max, in: maps) == nil)
    }
}

extension JSONValue {
    /// Members in the order of their names, so that two documents can be compared.
    fileprivate var sorted: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.sorted))
        case .object(let object):
            .object(JSONObject(object.members.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value.sorted) }))
        default: self
        }
    }
}
