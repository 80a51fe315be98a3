import Testing

extension ConformanceTests {
    /// runtime.md: what becomes of a container.
    @Suite struct LifecycleTests {
        @Test(arguments: StateRequirements.all.selected) func state(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: CreateRequirements.all.selected) func create(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: EndRequirements.all.selected) func end(_ requirement: Requirement) throws { try requirement.run() }
    }
}
