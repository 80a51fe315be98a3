import Testing

extension ConformanceTests {
    /// config.md, Process.
    @Suite struct ProcessTests {
        @Test(arguments: ProcessRequirements.all.selected) func process(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: UserRequirements.all.selected) func user(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: TerminalRequirements.all.selected) func terminal(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: LimitRequirements.all.selected) func limits(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: CapabilityRequirements.all.selected) func capabilities(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: SchedulingRequirements.all.selected) func scheduling(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
