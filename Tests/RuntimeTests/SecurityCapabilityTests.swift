import Linux
import OCI
import Testing

@testable import Runtime

@Suite struct SecurityCapabilityTests {
    @Test(
        arguments: [("CAP_CHOWN", 0), ("chown", 0), ("cap_net_raw", 13), ("BPF", 39), ("CHECKPOINT_RESTORE", 40)]
            as [(String, UInt8)])
    func readsNames(name: String, number: UInt8) { #expect(CapabilitySet(name: name) == CapabilitySet(number: number)) }

    @Test(arguments: ["", "CAP_", "CAP_NOTHING", "CAP_ CHOWN"]) func knowsNoOther(name: String) {
        #expect(CapabilitySet(name: name) == nil)
    }

    @Test func namesAllFortyOne() {
        #expect(CapabilitySet(name: "all")?.numbers.count == 41)
        #expect(CapabilitySet.all.names.last == "CAP_CHECKPOINT_RESTORE")
        #expect(CapabilitySet(number: 45).names == ["CAP_45"])
        #expect(CapabilitySet.granted.names.count == 11)
    }

    @Test func plansMasksAndKeepsUnknownNamesForAWarning() {
        var capabilities = Capabilities()
        capabilities.bounding = ["CAP_CHOWN", "CAP_BOGUS"]
        capabilities.permitted = ["CAP_CHOWN", "CAP_KILL", "CAP_BOGUS"]
        let plan = CapabilityPlan(capabilities)
        #expect(plan.bounding == .chown)
        #expect(plan.permitted == [.chown, .kill])
        #expect(plan.effective.isEmpty)
        #expect(plan.unknown == ["CAP_BOGUS"])
    }

    @Test func theKernelKnowsNoMoreThanHalfTheMask() throws { #expect((40..<64).contains(Int(try CapabilityPlan.highest()))) }

    @Test func whatTheBoundingSetLacksIsReported() throws {
        var capabilities = Capabilities()
        capabilities.bounding = CapabilitySet.all.names
        let missing = CapabilityPlan(capabilities).missingFromBounding()
        let text = try File.readText("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("CapBnd:") }
        let bounding = try #require(text.flatMap { UInt64($0.dropFirst(8), radix: 16) })
        #expect(missing == CapabilitySet(rawValue: CapabilitySet.all.rawValue & ~bounding).names)
    }
}
