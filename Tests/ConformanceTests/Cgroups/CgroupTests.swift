import Testing

extension ConformanceTests {
    /// config-linux.md, Control groups.
    @Suite struct CgroupTests {
        @Test(arguments: GroupRequirements.all.selected) func groups(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: ResourceRequirements.all.selected) func resources(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: DeviceRuleRequirements.all.selected) func devices(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
