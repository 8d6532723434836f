using Gloss.Inference;
using Gloss.Inference.Grounding;
using Gloss.Tests.Models;
using Gloss.Tests.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Inference.Grounding;

public sealed class GroundingImportTests
{
    [Theory]
    [InlineData("checkpoint.pth")]
    [InlineData("hf/model.safetensors")]
    public void Run_BothForms_FolderThatGivesTheOfficialOutputs(string name)
    {
        using var folder = new TemporaryFolder();
        var path = GroundingReference.Path(name);
        Assert.True(GroundingImport.IsGrounding(path));
        var told = GroundingImport.Run(path, ReferenceData.Require("data/text/bert/vocab.txt"), null, WeightPrecision.Float32, folder.Path);
        Assert.Contains("left out", told, StringComparison.Ordinal);
        using var loaded = ModelFolder.Open(folder.Path).OpenGrounding();
        using var scope = TensorScope.Begin();
        using var inference = GradientMode.Inference();
        var expected = GroundingReference.Tensors("cases_final.safetensors");
        var (pixels, sizes) = GroundingReference.Pictures("c");
        var output = loaded.Model.Forward(loaded.Model.EncodeImages(pixels, sizes), GroundingReference.Captions(loaded.Model, null, "phrases"));
        TensorAssert.Close(expected["c_phrases.pred_logits"], output.Last.Logits, 1e-4, "logits");
        TensorAssert.Close(expected["c_phrases.pred_boxes"], output.Last.Boxes, 1e-4, "boxes");
    }
}
