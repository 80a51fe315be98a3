import Testing

extension ConformanceTests {
    /// config.md, POSIX-platform Hooks; runtime.md, Lifecycle.
    @Suite struct HookTests {
        @Test(arguments: HookRequirements.all.selected) func hooks(_ requirement: Requirement) throws { try requirement.run() }
        @Test(arguments: HookFailureRequirements.all.selected) func failures(_ requirement: Requirement) throws {
            try requirement.run()
        }
    }
}
