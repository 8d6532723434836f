namespace Gloss.Evaluation;

/// <summary>A picture of a <see cref="TagBenchmark"/>.</summary>
/// <param name="Name">What its list calls it.</param>
/// <param name="Labels">Places of its tags in the list of tags, ascending.</param>
public sealed record BenchmarkPicture(string Name, IReadOnlyList<int> Labels);
