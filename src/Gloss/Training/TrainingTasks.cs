using Gloss.Torch;
using Gloss.Training.Grounding;
using Gloss.Training.Parsing;
using Gloss.Training.Ram;
using Gloss.Training.RamPlus;
using Gloss.Training.Tag2Text;

namespace Gloss.Training;

/// <summary>The families that can be trained, by the name that a config's <c>task</c> has.</summary>
public static class TrainingTasks
{
    private static readonly Dictionary<string, Func<TrainingConfig, Action<string>?, TrainingTask>> families =
        new(StringComparer.Ordinal)
        {
            ["tag2text"] = (config, report) =>
            {
                var options = config.Read<Tag2TextTaskOptions>(o => o.Faults());
                return new Tag2TextTask(options, config.Trainer.Seed, report, Device.Parse(config.Trainer.Device));
            },
            ["tag2textLanguage"] = (config, _) =>
            {
                var options = config.Read<Tag2TextLanguageOptions>(o => o.Faults());
                return new Tag2TextLanguageTask(options, config.Trainer.Seed, Device.Parse(config.Trainer.Device));
            },
            ["ram"] = (config, report) =>
            {
                var options = config.Read<RamTaskOptions>(o => o.Faults());
                return new RamTask(options, config.Trainer.Seed, report);
            },
            ["ramPlus"] = (config, report) =>
            {
                var options = config.Read<RamPlusTaskOptions>(o => o.Faults());
                return new RamPlusTask(options, config.Trainer.Seed, report);
            },
            ["grounding"] = (config, report) =>
                new GroundingTask(config.Read<GroundingTaskOptions>(options => options.Faults()),
                config.Trainer.Seed, report),
            ["parser"] = (config, report) =>
            {
                var options = config.Read<ParserTaskOptions>(o => o.Faults());
                return new ParserTask(options, config.Trainer.Seed, report);
            },
        };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => families.Keys;

    /// <summary>Makes the task that a config names, and reads the config's settings.</summary>
    /// <param name="config">The config.</param>
    /// <param name="report">Takes messages on slow preparations; null: nobody.</param>
    /// <exception cref="ArgumentException">The task is unknown, or settings are wrong.</exception>
    public static TrainingTask Create(TrainingConfig config, Action<string>? report = null) =>
        families.TryGetValue(config.Task, out var create)
            ? create(config, report)
            : throw new ArgumentException($"unknown task '{config.Task}' · hint: {string.Join(", ", Names)}");
}
