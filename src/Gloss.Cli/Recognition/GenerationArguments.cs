using System.CommandLine;
using Gloss.Models.Generation;

namespace Gloss.Cli.Recognition;

/// <summary>
/// The options that say how captions are generated; what is not given stays as the model's config has it.
/// </summary>
internal sealed class GenerationArguments
{
    private readonly Option<int?> beams = new("--beams") { Description = "Beams of the search; 1 is greedy." };
    private readonly Option<int?> minLength = new("--min-length")
    {
        Description = "Fewest tokens of a caption, its prompt included.",
    };
    private readonly Option<int?> maxLength = new("--max-length")
    {
        Description = "Most tokens of a caption, its prompt included.",
    };

    /// <summary>Adds the options to a verb.</summary>
    public GenerationArguments(Command command)
    {
        beams.Validators.Add(result => ModelOptions.CheckRange(result, beams, 1, 64));
        minLength.Validators.Add(result => ModelOptions.CheckRange(result, minLength, 0, 4096));
        maxLength.Validators.Add(result => ModelOptions.CheckRange(result, maxLength, 1, 4096));
        foreach (var option in new[] { beams, minLength, maxLength })
            command.Options.Add(option);
    }

    /// <summary>The model's own settings with what was asked for.</summary>
    public GenerationOptions Apply(ParseResult parsed, GenerationOptions own)
    {
        var most = parsed.GetValue(maxLength) ?? own.MaxLength;
        return own with
        {
            Beams = parsed.GetValue(beams) ?? own.Beams, MaxLength = most,
            // A caption that is wanted short need not be as long as the model's own shortest.
            MinLength = parsed.GetValue(minLength) ?? Math.Min(own.MinLength, most),
        };
    }
}
