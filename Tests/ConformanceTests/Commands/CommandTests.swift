import Testing

extension ConformanceTests {
    /// The command line that engines use: runc's, where it is documented.
    @Suite struct CommandTests {
        @Test(arguments: LaunchRequirements.all.selected) func launch(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: ExecRequirements.all.selected) func exec(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: ListingRequirements.all.selected) func listing(_ requirement: Requirement) throws {
            try requirement.run()
        }
        @Test(arguments: UpdateRequirements.all.selected) func update(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: FeatureRequirements.all.selected) func features(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
