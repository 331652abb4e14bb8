export function checkArtifact(){ return {report:'', problems:[]} }
