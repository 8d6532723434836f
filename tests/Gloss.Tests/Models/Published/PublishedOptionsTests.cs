using Gloss.Models.Published;

namespace Gloss.Tests.Models.Published;

public sealed class PublishedOptionsTests
{
    [Fact]
    public void Read_Nothing_HasThePublishedList()
    {
        var options = PublishedOptions.Read("{}", "test");
        Assert.Equal(7, options.DeletedFor(3429).Count);
        Assert.Equal(0.7f, options.ThresholdsFor(3429)[2701]);
        Assert.Empty(options.DeletedFor(100));
        Assert.Equal((12L, 4L, 51, 0.68f, 0.5f),
            (options.TextHeads, options.TaggingHeadHeads, options.TextsPerTag, options.Threshold,
            options.OpenSetThreshold));
    }

    [Theory]
    [InlineData("""{"image_size": "large"}""")]
    [InlineData("""{"texts_per_class": 0}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Read_OtherForm_SaysWhere(string json) =>
        Assert.Contains("test", Assert.Throws<ArgumentException>(() => PublishedOptions.Read(json, "test")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Read_Reference_TakesAllThatTheWeightsDoNotTell()
    {
        var path = RamFamilyReference.Path("ram_plus/config.json");
        var options = PublishedOptions.Read(File.ReadAllText(path), path);
        Assert.Equal((224L, 7L, 4L, 51),
            (options.ImageSize!.Value, options.WindowSize!.Value, options.TaggingHeadHeads, options.TextsPerTag));
        Assert.Equal([22, 47], options.DeletedFor(48));
        Assert.Equal([0.485f, 0.456f, 0.406f], options.Mean!);
        Assert.Empty(options.Contradictions(PublishedFamily.RamPlus, new Dictionary<string, IReadOnlyList<double>>
        {
            ["embed_dim"] = [12], ["depths"] = [2, 2, 2, 2], ["num_class"] = [48],
        }));
        Assert.Equal(2, options.Contradictions(PublishedFamily.Ram,
            new Dictionary<string, IReadOnlyList<double>> { ["depths"] = [2, 2, 18, 2] }).Count());
    }

    [Theory]
    [InlineData("""{"bert": {"layer_norm_eps": 1e-5}}""",
        "bert.layer_norm_eps: the config says 1e-5, Gloss computes with 1e-12")]
    [InlineData("""{"bert": {"hidden_act": "relu"}}""",
        "bert.hidden_act: the config says relu, Gloss computes with gelu")]
    [InlineData("""{"activation": "gelu"}""", "activation: the config says gelu, Gloss computes with quick_gelu")]
    [InlineData("""{"mlp_ratio": 3}""", "mlp_ratio: the config says 3, the checkpoint has 4")]
    [InlineData("""{"depths": [2, 2, 18]}""", "depths: the config says [2, 2, 18], the checkpoint has [2, 2, 6, 2]")]
    [InlineData("""{"depths": "many"}""", "depths: the config says many, the checkpoint has [2, 2, 6, 2]")]
    public void Contradictions_WhatIsNotSo_IsSaid(string json, string expected) =>
        Assert.StartsWith(expected, Assert.Single(Told(json)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"bert": {"layer_norm_eps": 0.000000000001, "hidden_act": "gelu"}, "activation": "quick_gelu"}""")]
    [InlineData("""{"mlp_ratio": 4.0, "depths": [2, 2, 6.0, 2]}""")]
    [InlineData("""{"mlp_ratio": null, "image_size": null, "bert": null, "kind": null}""")]
    public void Contradictions_WhatIsSoOrNotSaid_IsNone(string json) => Assert.Empty(Told(json));

    private static IEnumerable<string> Told(string json) =>
        PublishedOptions.Read(json, "test").Contradictions(PublishedFamily.Ram,
        new Dictionary<string, IReadOnlyList<double>> { ["mlp_ratio"] = [4], ["depths"] = [2, 2, 6, 2] });
}
