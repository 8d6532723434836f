using Gloss.Models.Parsing;

namespace Gloss.Training.Parsing;

/// <summary>What stands beside a network's weights: its sizes and what its numbers mean.</summary>
internal sealed record ParserFile(ParserConfig Config, string[] Pieces, string[] Tags, string[] Relations);
