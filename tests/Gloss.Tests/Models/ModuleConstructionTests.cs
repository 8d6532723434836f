using Gloss.Models.GroundingDino;
using Gloss.Models.Parsing;
using Gloss.Models.Tag2Text;
using Gloss.Tests.Inference;
using Gloss.Tests.Inference.Grounding;
using Gloss.Torch;

namespace Gloss.Tests.Models;

public sealed class ModuleConstructionTests
{
    private static readonly Dictionary<string, Func<Module>> makers = new()
    {
        ["tag2text"] = () => new Tag2TextModel(TinyTag2Text.Config with
        {
            Alignment = new AlignmentConfig { Layers = 1, Width = 8, HasMeanPooling = true, PoolingHeads = 2,
                HasMatching = true },
        }),
        ["grounding"] = () => new GroundingDinoModel(TinyGrounding.Config),
        ["parser"] = () => new ParserNetwork(new ParserConfig
        {
            Recurrent = new RecurrentEncoderConfig { PieceSize = 8, WordSize = 8, StateSize = 8, VocabularySize = 20 },
            ArcSize = 8, RelationSize = 8, Tags = 3, Relations = 4,
        }),
    };

    [Theory]
    [InlineData("tag2text")]
    [InlineData("grounding")]
    [InlineData("parser")]
    public void Construct_EveryModel_HoldsItsParametersAndNothingElse(string name)
    {
        using var live = new LiveValues();
        var before = Engine.LiveValueCount;
        using var module = makers[name]();

        Assert.Equal(before + module.NamedParameters().Count(), Engine.LiveValueCount);

        module.To(type: ScalarType.BFloat16);
        Assert.Equal(before + module.NamedParameters().Count(), Engine.LiveValueCount);
    }
}
