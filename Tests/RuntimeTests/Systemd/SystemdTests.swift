import DBus
import Testing

@testable import Runtime

@Suite struct SystemdTests {
    // MARK: Names

    @Test(arguments: [
        ("machine.slice:libpod:4f2c", "machine.slice", "libpod-4f2c.scope"), (":hako:c1", "system.slice", "hako-c1.scope"),
        ("a-b.slice::c1", "a-b.slice", "c1.scope"), ("a.slice:x:kube.slice", "a.slice", "kube.slice"),
    ])
    func unitsAreNamed(path: String, slice: String, name: String) throws {
        let unit = try SystemdUnit(cgroupsPath: path, id: "c1", isUser: false)
        #expect(unit.slice == slice && unit.name == name)
    }

    @Test func withoutAPathTheUnitIsNamedAfterTheContainer() throws {
        let unit = try SystemdUnit(cgroupsPath: nil, id: "c1", isUser: true)
        #expect(unit.slice == "user.slice" && unit.name == "hako-c1.scope")
    }

    @Test(arguments: ["/hako/c1", "a.slice:b", "a:b:c", "a--b.slice:p:n", "x.slice:p:", "../x.slice:p:n", "x.slice:p:a/b"])
    func otherPathsAreRefused(path: String) {
        #expect(throws: RuntimeError.self) { try SystemdUnit(cgroupsPath: path, id: "c1", isUser: false) }
    }

    @Test(arguments: [("-.slice", ""), ("a.slice", "/a.slice"), ("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice")])
    func slicesLieInOneAnother(name: String, path: String) { #expect(SystemdUnit.path(of: name) == path) }

    // MARK: Properties

    @Test func limitsBecomeProperties() {
        let writes = [
            CgroupWrite("memory", "memory.max", "1048576", "memory"), CgroupWrite("memory", "memory.swap.max", "max", "swap"),
            CgroupWrite("cpu", "cpu.max", "25500 100000", "processor time"), CgroupWrite("pids", "pids.max", "7", "processes"),
            CgroupWrite("cpuset", "cpuset.cpus", "0-1,9", "processors"), CgroupWrite("io", "io.max", "8:0 rbps=1", "reading"),
        ]
        #expect(
            SystemdProperty.all(of: writes) == [
                .init("MemoryMax", .uint64(1_048_576)), .init("MemorySwapMax", .uint64(.max)), .init("TasksMax", .uint64(7)),
                .init("AllowedCPUs", .bytes([3, 2])), .init("CPUQuotaPerSecUSec", .uint64(260_000)),
                .init("CPUQuotaPeriodUSec", .uint64(100_000)),
            ])
    }

    static let annotations: [(String, String, SystemdProperty)] = [
        ("CollectMode", "'inactive'", .init("CollectMode", .string("inactive"))),
        ("TimeoutStopSec", "uint32 7", .init("TimeoutStopUSec", .uint64(7_000_000))),
        ("TimeoutStopUSec", "uint64 9", .init("TimeoutStopUSec", .uint64(9))),
        ("After", "[ 'a.service', \"b.service\" ]", .init("After", .strings(["a.service", "b.service"]))),
        ("Flag", "true", .init("Flag", .bool(true))), ("Number", "-5", .init("Number", .int32(-5))),
    ]

    @Test(arguments: annotations)
    func annotationsBecomeProperties(name: String, text: String, property: SystemdProperty) throws {
        #expect(try SystemdProperty.all(of: ["org.systemd.property.\(name)": text, "other": "x"]) == [property])
    }

    @Test(arguments: [("A b", "1"), ("Name", ""), ("Name", "'a"), ("Name", "uint8 3"), ("Name", "uint32 -3"), ("", "1")])
    func wrongAnnotationsAreRefused(name: String, text: String) {
        #expect(throws: RuntimeError.self) { try SystemdProperty.all(of: ["org.systemd.property.\(name)": text]) }
    }
}
